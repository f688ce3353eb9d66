import { createHash } from 'node:crypto';
import { leafHash, pathOf, rootByPath, rootOf } from './merkle';

/** The inputs of the reference implementation's tests. @see https://github.com/google/certificate-transparency */
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => leafHash(Buffer.from(hex, 'hex')));

const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('a Merkle tree', () => {
  it.each(roots.map((root, size) => [size, root] as const))(
    'of %i leaves has the known root',
    (size, root) => {
      expect(rootOf(inputs.slice(0, size)).toString('hex')).toBe(root);
    },
  );

  it('proves each leaf of trees of every size up to 40, and nothing else', () => {
    const leaves = Array.from({ length: 40 }, (_, each) =>
      createHash('sha256').update(String(each)).digest(),
    );
    for (let size = 1; size <= 40; size += 1) {
      const tree = leaves.slice(0, size);
      const root = rootOf(tree);
      for (let index = 0; index < size; index += 1) {
        const path = pathOf(tree, index);
        expect(rootByPath(tree[index]!, index, size, path)?.equals(root)).toBe(true);
        const other = rootByPath(leaves[(index + 1) % 40]!, index, size, path);
        expect(other?.equals(root) ?? false).toBe(false);
        expect(rootByPath(tree[index]!, index, size, [...path, root])?.equals(root) ?? false).toBe(false);
      }
    }
  });

  it('refuses a place outside of the tree', () => {
    expect(rootByPath(inputs[0]!, 1, 1, [])).toBeUndefined();
    expect(rootByPath(inputs[0]!, -1, 1, [])).toBeUndefined();
  });
});
