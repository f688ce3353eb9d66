/**
 * A tail cut off cleanly: the newest seals, and every record and row that came with them, as if it had never been. What
 * is left is sound in itself; the heads that were anchored elsewhere tell, with nothing but an export.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ledger as ledgerCommand } from '../../src/cli/ledger';
import { exportLedger } from '../../src/ledger/export';
import { createVerifier } from '../../src/ledger/verify';
import { accepted, freshSummary, send } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';
import { openOneTransaction, type OneTransaction } from './one-transaction';
import { tablesOf } from './tables';

let ledger: Sealed;
let folder: string;
beforeAll(async () => {
  ledger = await startSealed();
  folder = dirname(ledger.anchor);
  writeFileSync(join(folder, 'key.pem'), ledger.known.publicKey);
});
afterAll(() => ledger.close());

/** Takes away every row of a transaction from this one on, and brings back what such a transaction superseded. */
async function cutFrom(on: OneTransaction, xid: string): Promise<void> {
  const tables = await tablesOf(on.anew);
  const since = (column: string): string => `"${column}" >= '${xid}'::xid8`;
  await on.change(
    `DELETE FROM submission_body WHERE submission_id IN (SELECT id FROM submission WHERE ${since('xid')})`,
  );
  await on.change(
    `DELETE FROM "binary" WHERE submission_id IN (SELECT id FROM submission WHERE ${since('xid')})`,
  );
  for (const { name, columns } of tables.filter(({ name: each }) => each.endsWith('_history'))) {
    const current = name.replace(/_history$/, '');
    const names = columns
      .map((column) => `"${column.name}"`)
      .filter((column) => !['"superseded_xid"', '"superseded_at"', '"deleted"'].includes(column))
      .join(', ');
    await on.change(`DELETE FROM "${current}" WHERE ${since('xid')}`);
    await on.change(`DELETE FROM "${name}" WHERE ${since('xid')}`);
    await on.change(
      `WITH back AS (DELETE FROM "${name}" WHERE ${since('superseded_xid')} RETURNING ${names})
        INSERT INTO "${current}" (${names}) SELECT * FROM back`,
    );
  }
  for (const name of ['submission', 'audit_record', 'review_mark'])
    await on.change(`DELETE FROM ${name} WHERE ${since('xid')}`);
  await on.change(`DELETE FROM document_bytes WHERE sha256 NOT IN (SELECT sha256 FROM "binary"
    UNION SELECT decode(cut ->> 'sha256', 'hex') FROM submission_body, jsonb_array_elements(documents) AS cut)`);
  await on.change(`DELETE FROM ledger_seal WHERE upto > '${xid}'::xid8`);
}

/** What the command prints and returns, about an export of the database as it is in the transaction. */
async function judged(on: OneTransaction, ...more: string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  for await (const line of exportLedger({ ...ledger.known, database: on.anew, now: () => new Date() }))
    lines.push(line);
  const path = join(folder, 'cut.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const print = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const code = await ledgerCommand(
      ['verify', '--export', path, '--key', join(folder, 'key.pem'), ...more],
      {},
    );
    return { code, said: print.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    print.mockRestore();
  }
}

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
        said: expect.stringMatching(/^PASS/),
      });
      await on.undone([], async () => {
        await cutFrom(on, xid);
        const alone = createVerifier({ ...ledger.known, database: on.anew, knownHeads: async () => [] });
        expect(await alone.verify()).toMatchObject({ status: 'pass', faults: [] });
        expect((await judged(on)).code).toBe(0);
        const { code, said } = await judged(on, '--anchor', ledger.anchor);
        expect(code).toBe(1);
        expect(said).toMatch(/^FAIL[^]*Seal \d+ is not there as it was anchored\./);
      });
    } finally {
      await on.end();
    }
  });
});
