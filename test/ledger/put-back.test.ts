/**
 * Somebody with every right on the database has other data sealed than the node wrote, and puts the old data back
 * before the node compares. It does not help: what is compared is what was sealed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { sealedTables } from '../../src/app';
import { headText, readHead, type Head } from '../../src/engines/ledger/head';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { readDigests } from '../../src/engines/ledger/read-records';
import { decodeRecords, encodeRecords, rootOfRecords } from '../../src/engines/ledger/records';
import type { Looked } from '../../src/engines/ledger/seal';
import { sealThrough } from '../../src/engines/ledger/seal-through';
import { readShape, withFixedForms } from '../../src/engines/ledger/sealed-columns';
import type { Queryable } from '../../src/platform/postgres';
import { accepted, freshSummary, type AnyJson } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

/** A record that the server writes, and what somebody does with it before the seal and after. */
interface PutBack {
  /** @returns the id of the record */
  write(): Promise<string>;
  kind: 'audit' | 'submission' | 'review';
  /** Statements with the id as their value. */
  change: string;
  restore: string;
}

const cases: [what: string, how: PutBack][] = [
  [
    'an audit record',
    {
      kind: 'audit',
      write: async () => {
        await ledger.homeward.call('GET', '/FHIR/R4/Observation?_count=1');
        const [last] = await ledger.query('SELECT id FROM audit_record ORDER BY id DESC LIMIT 1');
        return last.id;
      },
      change: `UPDATE audit_record SET content = content || ' ' WHERE id = $1`,
      restore: 'UPDATE audit_record SET content = rtrim(content) WHERE id = $1',
    },
  ],
  [
    'a reading',
    {
      kind: 'submission',
      write: async () => (await accepted(ledger.homeward, freshSummary())).submissionId,
      change: `UPDATE observation SET content = content || ' ' WHERE submission_id = $1`,
      restore: 'UPDATE observation SET content = rtrim(content) WHERE submission_id = $1',
    },
  ],
  [
    'a review mark',
    {
      kind: 'review',
      write: async () => {
        const { json } = await ledger.homeward.call('POST', `/submissions/${ledger.first}/review`, {
          body: { note: 'Seen by the ward.' },
          headers: { 'Content-Type': 'application/json' },
        });
        return json.id;
      },
      change: `UPDATE review_mark SET note = note || ' ' WHERE id = $1`,
      restore: 'UPDATE review_mark SET note = rtrim(note) WHERE id = $1',
    },
  ],
];

const faultsOf = async (id: string): Promise<AnyJson[]> =>
  (await ledger.homeward.call('GET', '/ledger/verify')).json.faults.filter(
    ({ record }: AnyJson) => record?.id === id,
  );

/** Waits for the node's next comparison. */
async function untilAlarm(id: string): Promise<AnyJson[]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const faults = await faultsOf(id);
    if (faults.some(({ text }) => /before it was sealed/.test(text))) return faults;
    await sleep(100);
  }
  return faultsOf(id);
}

async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await ledger.homeward.app.database.pool.connect();
  try {
    await client.query('SET session_replication_role = replica');
    return await work(client);
  } finally {
    client.release(true);
  }
}

it.each(cases)(
  '%s that another node seals otherwise, and that is put back with its seal',
  async (_what, how) => {
    const { database } = ledger.homeward.app;
    const id = await database.session(async (session) => {
      // As another node: this one finds the place taken, and only compares.
      await session.query({ text: "SELECT pg_advisory_lock(hashtext('homeward.ledger'))" });
      const written = await how.write();
      const xid = await xidOf(how.kind, written);
      await withClient((client) => client.query(how.change, [written]));
      const key = await openLedgerKey(database);
      const changing: Pick<typeof database, 'transaction'> = {
        transaction: (work) =>
          session.transaction(async (tx) => {
            const done = await work(tx);
            if (covers(done, xid)) await put(tx, how.restore, written);
            return done;
          }),
      };
      await sealThrough({ database: changing, key, tables: sealedTables, now: () => new Date() }, xid);
      return written;
    });
    expect(await untilAlarm(id)).toContainEqual(
      expect.objectContaining({
        kind: 'changed',
        record: { kind: how.kind, id },
        text: expect.stringMatching(/ was changed before it was sealed, and then changed back\.$/),
      }),
    );
  },
);

it.each(cases)('%s that is put back while the node that seals it waits for a lock', async (_what, how) => {
  const id = await withClient(async (open) => {
    const xid = await holdBack(open);
    const written = await how.write();
    await withClient((client) => client.query(how.change, [written]));
    await withClient(async (locking) => {
      await untilSealedBefore(xid);
      await locking.query('BEGIN');
      await locking.query('LOCK TABLE ledger_shape IN SHARE MODE');
      await open.query('COMMIT');
      await untilSealerWaits();
      await withClient((client) => client.query(how.restore, [written]));
      await locking.query('COMMIT');
    });
    return written;
  });
  await ledger.sealed();
  expect(await untilAlarm(id)).toContainEqual(
    expect.objectContaining({
      kind: 'changed',
      record: { kind: how.kind, id },
      text: expect.stringMatching(/ was changed before it was sealed\.$/),
    }),
  );
});

it('a record that is compared in a transaction that is ended before its commit is compared again', async () => {
  const id = await withClient(async (open) => {
    const xid = await holdBack(open);
    await ledger.homeward.call('GET', '/FHIR/R4/Observation?_count=1');
    const [{ id: written }] = await ledger.query('SELECT id FROM audit_record ORDER BY id DESC LIMIT 1');
    await withClient(async (locking) => {
      await untilSealedBefore(xid);
      await locking.query('BEGIN');
      // The insert into ledger_seal waits at the commit, when everything is compared.
      await locking.query(`CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END'`);
      await locking.query(
        `CREATE CONSTRAINT TRIGGER held AFTER INSERT ON ledger_seal DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION held()`,
      );
      await locking.query('COMMIT');
      await locking.query('SELECT pg_advisory_lock(7)');
      await open.query('COMMIT');
      await untilSealerWaits();
      await withClient((client) =>
        client.query(`UPDATE audit_record SET content = content || ' ' WHERE id = $1`, [written]),
      );
      await withClient((client) =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
        ),
      );
      await locking.query('DROP TRIGGER held ON ledger_seal; DROP FUNCTION held()');
      await locking.query('SELECT pg_advisory_unlock(7)');
    });
    return written as string;
  });
  await ledger.sealed();
  expect(await untilAlarm(id)).toContainEqual(
    expect.objectContaining({ kind: 'changed', record: { kind: 'audit', id } }),
  );
});

/** Nothing that comes after this is sealed until it ends. @returns its number */
async function holdBack(open: PoolClient): Promise<string> {
  await open.query('BEGIN');
  const { rows } = await open.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
  return rows[0]!.xid;
}

/** So that the next seal is the one with the record. */
async function untilSealedBefore(xid: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await ledger.query(
      `SELECT count(*)::int AS waiting FROM audit_record WHERE xid < $1::xid8
        AND xid >= (SELECT max(s.upto) FROM ledger_seal AS s)`,
      [xid],
    );
    if (row.waiting === 0) return;
    await sleep(50);
  }
  throw new Error('what came before is not sealed');
}

it('a record that is put back with a seal that is exchanged for the moment of the comparison', async () => {
  const { database } = ledger.homeward.app;
  const [, how] = cases[0]!;
  const id = await database.session(async (session) => {
    await session.query({ text: "SELECT pg_advisory_lock(hashtext('homeward.ledger'))" });
    const written = await how.write();
    const xid = await xidOf(how.kind, written);
    await withClient((client) => client.query(how.change, [written]));
    const forging: Pick<typeof database, 'transaction'> = {
      transaction: (work) =>
        session.transaction(async (tx) => {
          const done = await work(tx);
          if (!covers(done, xid)) return done;
          await put(tx, how.restore, written);
          await forgeLastSeal(tx, written);
          return done;
        }),
    };
    const key = await openLedgerKey(database);
    await sealThrough({ database: forging, key, tables: sealedTables, now: () => new Date() }, xid);
    return written;
  });
  expect(await untilAlarm(id)).toContainEqual(
    expect.objectContaining({ kind: 'changed', text: expect.stringMatching(/and then changed back\.$/) }),
  );
});

/** Gives the last seal the digest that the record has now, and a head for it, with the old signature. */
async function forgeLastSeal(tx: Queryable, id: string): Promise<void> {
  const [last] = await tx.query<{ seal: string; head: string; records: Buffer }>({
    text: 'SELECT s.seal::text AS seal, s.head, s.records FROM ledger_seal AS s ORDER BY s.seal DESC LIMIT 1',
  });
  const { seal: number, head, records } = last!;
  const shape = (await readShape(tx, readHead(head)!.shape))!;
  await withFixedForms(tx);
  const [now] = await readDigests(tx, shape, sealedTables, [{ kind: 'audit', id }]);
  const forged = decodeRecords(records)!.map((each) => (each.id === id ? now! : each));
  expect(rootOfRecords(forged)).not.toBe(readHead(head)!.root);
  const { ledger: _ledger, ...members } = JSON.parse(head) as Head & { ledger: string };
  await tx.query({ text: 'UPDATE ledger_seal SET head = $2, records = $3 WHERE seal = $1' }, [
    number,
    headText({ ...members, root: rootOfRecords(forged) }),
    encodeRecords(forged),
  ]);
}

async function untilSealerWaits(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await ledger.query(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
    );
    if (row.waiting > 0) return;
    await sleep(20);
  }
  throw new Error('nobody waits for the lock');
}

const TABLES = { audit: 'audit_record', submission: 'submission', review: 'review_mark' };

async function xidOf(kind: PutBack['kind'], id: string): Promise<bigint> {
  const [row] = await ledger.query(`SELECT xid::text AS xid FROM ${TABLES[kind]} WHERE id = $1`, [id]);
  return BigInt(row.xid);
}

/** Whether a look has made the seal that covers the transaction: one that is still open can hold it back. */
function covers(looked: unknown, xid: bigint): boolean {
  const { sealed } = looked as Looked;
  return sealed !== undefined && BigInt(readHead(sealed.head)!.upto) > xid;
}

async function put(tx: Queryable, text: string, id: string): Promise<void> {
  await tx.query({ text: 'SET LOCAL session_replication_role = replica' });
  await tx.query({ text }, [id]);
}
