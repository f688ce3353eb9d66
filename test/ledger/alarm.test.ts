/**
 * The end of the ledger is cut off by somebody with every right on the database, and the server seals on: what is left is
 * sound in itself, but the node remembers the head that is gone. So does a file of anchored heads, which then holds two
 * heads with one number.
 */
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { ledgerAccept } from '../../src/interfaces/cli/ledger';
import { openAnchor } from '../../src/engines/ledger/anchor';
import { openNodeMemory } from '../../src/engines/ledger/node-memory';
import { openDatabase } from '../../src/platform/postgres';
import { accepted, freshSummary } from '../semantics/sending';

import { cutFrom } from './cut';
import { startSealed, type Sealed } from './harness';

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

const lastSeal = async (): Promise<{ seal: number; upto: string; head: string }> => {
  const [row] = await ledger.query(
    'SELECT seal::int AS seal, upto::text AS upto, head FROM ledger_seal ORDER BY ledger_seal.seal DESC LIMIT 1',
  );
  return row as never;
};

interface Status {
  status: string;
  checks: Record<string, { status: string; output?: string }[]>;
}
const status = async (): Promise<Status> => (await ledger.homeward.call('GET', '/_status')).json;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 200) throw new Error('it does not come');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const verified = async (): Promise<{ status: string; faults: { kind: string; text: string }[] }> =>
  (await ledger.homeward.call('GET', '/ledger/verify')).json;

describe('a tail that was cut off before the server sealed on', () => {
  let lost: string;

  beforeAll(async () => {
    const { upto } = await lastSeal();
    await accepted(ledger.homeward, freshSummary());
    await ledger.sealed();
    await until(
      async () => (await openAnchor(ledger.anchor).heads()).at(-1)?.head === (await lastSeal()).head,
    );
    lost = (await lastSeal()).head;
    const { pool } = ledger.homeward.app.database;
    const attacker = openDatabase(pool.options as never, {
      maxConnections: 1,
      connectionTimeoutMillis: 5_000,
      statementTimeoutMillis: 30_000,
      onError: () => undefined,
    });
    await attacker.query({ text: 'SET session_replication_role = replica' });
    await attacker.transaction(async (tx) => cutFrom({ ...attacker, query: tx.query }, upto));
    await attacker.close();
    await accepted(ledger.homeward, freshSummary());
    await ledger.sealed();
  });

  it('is found by the server, as cut', async () => {
    await until(async () => (await status()).checks['ledger:chain']?.[0]?.status === 'fail');
    const verification = await verified();
    expect(verification.status).toBe('fail');
    expect(verification.faults.map(({ kind }) => kind)).toContain('cut');
  });

  it('raises an alarm in the status, which goes on serving', async () => {
    const reply = await ledger.homeward.call('GET', '/_status');
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ status: 'warn' });
    expect(reply.json.checks['ledger:chain'][0].output).toMatch(
      /^Seal \d+, which this node recorded, is missing or was replaced\./,
    );
  });

  it('is found by anchored heads alone, of which two have one number', async () => {
    const heads = await openAnchor(ledger.anchor).heads();
    const [fault] = (await ledger.verify(heads)).faults;
    expect(fault).toMatchObject({ kind: 'cut', text: expect.stringMatching(/with 2 different heads/) });
  });

  it('does not make the node forget the head that is gone', async () => {
    expect(readFileSync(ledger.memory(), 'utf8')).toContain(JSON.stringify(lost));
  });

  it('is found by what a node remembers of the same ledger under the name of another database', async () => {
    const path = ledger.memory();
    const others = await openNodeMemory(dirname(path), '123-456', JSON.parse(lost).key);
    copyFileSync(path, others.name);
    const { heads } = await (await openNodeMemory(dirname(path), '7-7', JSON.parse(lost).key)).read();
    expect(heads.map(({ head }) => head)).toContain(lost);
    expect((await ledger.verify(heads)).faults.map(({ kind }) => kind)).toContain('cut');
    rmSync(others.name);
  });

  it('is told until an operator accepts it, with a reason, in the audit trail', async () => {
    const print = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      expect(await ledgerAccept.run(['--reason', 'Restored.'], ledger.env())).toBe(0);
    } finally {
      print.mockRestore();
    }
    await until(async () => (await status()).checks['ledger:chain']?.[0]?.status === 'pass');
    const { total } = (await ledger.homeward.call('GET', '/FHIR/R4/AuditEvent?subtype=$ledger-accept')).json;
    expect(total).toBe(1);
  });
});
