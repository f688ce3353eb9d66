import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { entriesOf } from './file-system';
import type { FileLister } from './list-files';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'homeward-list-'));
  for (const odsCode of ['RR8', 'X26']) {
    mkdirSync(join(root, 'in', odsCode), { recursive: true });
    writeFileSync(join(root, 'in', odsCode, 'stay.json'), '{}');
  }
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** As where a sender has taken the rights to its own folder away. */
function listerThatFailsFor(odsCode: string, code: string): FileLister {
  let lister!: FileLister;
  jest.isolateModules(() => {
    jest.doMock('./file-system', () => {
      const actual = jest.requireActual<{ entriesOf: typeof entriesOf }>('./file-system');
      const failing: typeof entriesOf = (folder) => {
        if (folder.endsWith(`/in/${odsCode}`)) throw Object.assign(new Error(code), { code });
        return actual.entriesOf(folder);
      };
      return { ...actual, entriesOf: failing };
    });
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the module is made anew
    const { fileLister } = require('./list-files') as typeof import('./list-files');
    lister = fileLister(0, () => 0);
  });
  return lister;
}

describe('a folder of an organisation that cannot be read', () => {
  it('does not keep the others from being taken', async () => {
    const lister = listerThatFailsFor('RR8', 'EACCES');
    const { queues, unreadable } = await lister.list({ root, id: 'the id' });
    expect(queues.map(([file]) => file?.odsCode)).toEqual(['X26']);
    expect(unreadable).toMatchObject([{ odsCode: 'RR8', error: { code: 'EACCES' } }]);
  });

  it('is a fault of the share where the system says so', async () => {
    const lister = listerThatFailsFor('RR8', 'ESTALE');
    await expect(lister.list({ root, id: 'the id' })).rejects.toThrow('ESTALE');
  });
});
