/** The ledger of a running server: what is sealed, anchored, proven and exported. */
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { leafHash, rootByPath } from '../../src/engines/ledger/merkle';
import type { Verification } from '../../src/engines/ledger/verify';
import { verifyExport } from '../../src/engines/ledger/verify-export';
import { startSealed, type Sealed } from './harness';

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

const verified = async (): Promise<Verification> =>
  (await ledger.homeward.call('GET', '/ledger/verify')).json;

describe('the ledger', () => {
  it('seals what happens within seconds, and verifies', async () => {
    const verification = await verified();
    expect(verification).toMatchObject({ status: 'pass', faults: [], complete: true });
    expect(verification.records).toBeGreaterThan(6);
    expect(verification.heads).toBeGreaterThan(0);
    expect(Date.parse(verification.sealedThrough ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('hands each head to the anchor, signed', async () => {
    const { key } = await verified();
    const lines = readFileSync(ledger.anchor, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const heads = await ledger.query('SELECT head, signature FROM ledger_seal ORDER BY seal');
    expect(heads.map(({ head }) => head).slice(0, lines.length)).toEqual(lines.map(({ head }) => head));
    for (const { head, signature } of lines)
      expect(
        verifySignature(
          null,
          Buffer.from(head),
          createPublicKey(key.publicKey),
          Buffer.from(signature, 'base64'),
        ),
      ).toBe(true);
  });

  it('proves that a submission’s bytes are sealed, with nothing but the public key', async () => {
    const { json: proof } = await ledger.homeward.call('GET', `/submissions/${ledger.first}/proof`);
    expect(proof.status).toBe('sealed');
    const sha256 = createHash('sha256').update(ledger.bytes).digest('hex');
    expect(proof.statement).toContain(`\nsha256 ${sha256}\n`);
    const leaf = Buffer.from(proof.leaf, 'hex');
    expect(leaf.subarray(17)).toEqual(createHash('sha256').update(proof.statement).digest());
    expect(leaf.subarray(1, 17).toString('hex')).toBe(ledger.first.replaceAll('-', ''));
    const path = proof.path.map((hash: string) => Buffer.from(hash, 'hex'));
    const root = rootByPath(leafHash(leaf), proof.index, proof.size, path);
    expect(JSON.parse(proof.head).root).toBe(root?.toString('hex'));
    expect(
      verifySignature(
        null,
        Buffer.from(proof.head),
        createPublicKey(proof.key.publicKey),
        Buffer.from(proof.signature, 'base64'),
      ),
    ).toBe(true);
  });

  it('has a proof of refused submissions too, and none of what it never had', async () => {
    expect(
      (await ledger.homeward.call('GET', `/submissions/${ledger.refused}/proof`)).json.statement,
    ).toContain('\nstatus refused\n');
    expect(
      (await ledger.homeward.call('GET', '/submissions/7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11/proof')).status,
    ).toBe(404);
  });

  it('verifies offline from an export, in which no NHS number stands', async () => {
    const path = await ledger.exportTo('sound.jsonl');
    expect(await verifyExport(path)).toMatchObject({ status: 'pass', faults: [] });
    const [row] = await ledger.query('SELECT nhs_number FROM submission WHERE id = $1', [ledger.first]);
    expect(readFileSync(path, 'utf8')).not.toContain(row.nhs_number);
  });

  it('finds an export that was changed, shortened or signed by another', async () => {
    const path = await ledger.exportTo('whole.jsonl');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const judge = async (changed: string[]): Promise<string | undefined> => {
      const other = join(dirname(ledger.anchor), 'changed.jsonl');
      writeFileSync(other, `${changed.join('\n')}\n`);
      return (await verifyExport(other))?.status;
    };
    const seal = JSON.parse(lines[1]!);
    const digit = seal.records[0].endsWith('0') ? '1' : '0';
    const changed = {
      ...seal,
      records: [`${seal.records[0].slice(0, -1)}${digit}`, ...seal.records.slice(1)],
    };
    expect(await judge(lines)).toBe('pass');
    expect(await judge([lines[0]!, JSON.stringify(changed), ...lines.slice(2)])).toBe('fail');
    expect(await judge([lines[0]!, ...lines.slice(2)])).toBe('fail');
    expect(await judge(lines.slice(0, -1))).toBe('fail');
    const cut = [...lines.slice(0, -2), lines.at(-1)!];
    expect(await judge(cut)).toBe('pass');
    writeFileSync(join(dirname(ledger.anchor), 'cut.jsonl'), `${cut.join('\n')}\n`);
    const last = JSON.parse(lines.at(-2)!);
    expect(
      (await verifyExport(join(dirname(ledger.anchor), 'cut.jsonl'), { knownHeads: [last] }))?.status,
    ).toBe('fail');
  });
});
