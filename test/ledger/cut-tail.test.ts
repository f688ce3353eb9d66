/**
 * A tail cut off cleanly: the newest seals, and every record and row that came with them, as if it had never been. What
 * is left is sound in itself; the heads that were anchored elsewhere tell, with nothing but an export.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ledgerVerify } from '../../src/interfaces/cli/ledger';
import { headOf } from '../../src/engines/ledger/anchor';
import { exportLedger } from '../../src/engines/ledger/export';
import { readHead } from '../../src/engines/ledger/head';
import { createVerifier } from '../../src/engines/ledger/verify';
import { accepted, freshSummary, send } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';
import { cutFrom } from './cut';
import { openOneTransaction, type OneTransaction } from './one-transaction';

let ledger: Sealed;
let folder: string;
beforeAll(async () => {
  ledger = await startSealed();
  folder = dirname(ledger.anchor);
  writeFileSync(join(folder, 'key.pem'), ledger.known.publicKey);
});
afterAll(() => ledger.close());

/** What the command prints and returns, about an export of the database as it is in the transaction. */
async function judged(on: OneTransaction, ...more: string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  for await (const line of exportLedger({ ...ledger.known, database: on.anew, now: () => new Date() }))
    lines.push(line);
  const path = join(folder, 'cut.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const print = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const code = await ledgerVerify.run(['--export', path, '--key', join(folder, 'key.pem'), ...more], {});
    return { code, said: print.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    print.mockRestore();
  }
}

/** The heads of the anchor in two files, as if another node had made every seal from this one on. */
function anchorsOfTwoNodes(from: number): [string, string] {
  const heads = readFileSync(ledger.anchor, 'utf8').trimEnd().split('\n');
  const files = ['n1.jsonl', 'n2.jsonl'].map((name) => join(folder, name)) as [string, string];
  const isLater = (line: string): boolean => headOf(line).some(({ head }) => readHead(head)!.seal >= from);
  writeFileSync(files[0], heads.filter((line) => !isLater(line)).join('\n'));
  writeFileSync(files[1], heads.filter(isLater).join('\n'));
  return files;
}

describe('an anchor without a head', () => {
  it.each(['', 'no head\n{"head":"x","signature":"y"}\n', '[[['])(
    'is no comparison that held: %j',
    async (content) => {
      const empty = join(folder, 'empty.jsonl');
      writeFileSync(empty, content);
      const warned = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
      const on = await openOneTransaction(ledger.homeward.app.database, true);
      try {
        expect(await judged(on, '--anchor', empty)).toEqual({ code: 1, said: '' });
        expect(warned.mock.calls.join('')).toContain(`${empty} has no head of a ledger to compare with.`);
      } finally {
        await on.end();
        warned.mockRestore();
      }
    },
  );
});

describe('a tail cut off cleanly', () => {
  it('is found offline by the heads in the file that LEDGER_ANCHOR names, and by nothing else', async () => {
    const [{ xid }] = await ledger.query('SELECT max(upto)::text AS xid FROM ledger_seal');
    const summary = freshSummary();
    await accepted(ledger.homeward, summary);
    await accepted(ledger.homeward, summary.correction(2).without('Observation[1]'));
    await send(ledger.homeward, freshSummary().without('Patient'));
    await ledger.homeward.call('GET', '/FHIR/R4/Observation');
    await ledger.sealed();
    const on = await openOneTransaction(ledger.homeward.app.database, true);
    try {
      expect(await judged(on, '--anchor', ledger.anchor)).toMatchObject({
        code: 0,
        said: expect.stringMatching(/^PASS[^]*\n[1-9]\d* anchored heads? compared\n/),
      });
      await on.undone([], async () => {
        await cutFrom(on.anew, xid);
        const alone = createVerifier({
          ...ledger.known,
          database: on.anew,
          known: async () => ({ heads: [], alarms: [] }),
        });
        expect(await alone.verify()).toMatchObject({ status: 'pass', faults: [] });
        expect((await judged(on)).code).toBe(0);
        const { code, said } = await judged(on, '--anchor', ledger.anchor);
        expect(code).toBe(1);
        expect(said).toMatch(/^FAIL[^]*Seal \d+ was anchored, but is missing now\./);
        const [last] = said.match(/Seal \d+ was anchored.*/) ?? [];
        const [node1, node2] = anchorsOfTwoNodes(Number(last?.match(/\d+/)?.[0]));
        expect((await judged(on, '--anchor', node1)).code).toBe(0);
        for (const [first, second] of [
          [node1, node2],
          [node2, node1],
        ] as const)
          expect(await judged(on, '--anchor', first, '--anchor', second)).toMatchObject({
            code: 1,
            said: expect.stringContaining(String(last)),
          });
      });
    } finally {
      await on.end();
    }
  });
});
