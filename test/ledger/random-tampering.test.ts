/**
 * Any one value of any one row of the tables that the ledger covers, changed by SQL: `homeward ledger verify` finds it,
 * and so does an export. A few dozen each time; `TAMPERINGS=1000` for more, `TAMPER_SEED` for others.
 */
import { randomOf } from '../../src/demo/random';
import { verifyExport } from '../../src/ledger/verify-export';
import type { AnyJson } from '../semantics/sending';
import { startSealed, type Sealed } from './harness';

const times = Number(process.env.TAMPERINGS ?? 40);
const seed = Number(process.env.TAMPER_SEED ?? 5);

let ledger: Sealed;
beforeAll(async () => {
  ledger = await startSealed();
});
afterAll(() => ledger.close());

const TABLES = [
  'submission',
  'submission_body',
  'audit_record',
  'review_mark',
  'ledger_seal',
  'ledger_shape',
  'document_bytes',
  'binary',
  'patient',
  'organization',
  'encounter',
  'document_reference',
  'observation',
  'observation_history',
  'patient_history',
  'encounter_history',
  'provenance',
  'bundle',
];

/** Another value of the same type, whatever it was. */
const others: Record<string, (column: string) => string> = {
  text: (c) => `coalesce(${c}, '') || '.'`,
  uuid: () => 'gen_random_uuid()',
  int4: (c) => `coalesce(${c}, 0) + 1`,
  int2: (c) => `coalesce(${c}, 0) + 1`,
  int8: (c) => `coalesce(${c}, 0) + 1000`,
  numeric: (c) => `coalesce(${c}, 0) + 1`,
  bool: (c) => `NOT coalesce(${c}, true)`,
  bytea: (c) => `coalesce(${c}, '') || '\\x00'`,
  date: (c) => `coalesce(${c}, '2026-01-01') + 1`,
  timestamptz: (c) => `coalesce(${c}, '2026-01-01') + interval '1 second'`,
  jsonb: (c) => `jsonb_build_array(${c})`,
  xid8: (c) => `(${c}::text::bigint + 1)::text::xid8`,
  _text: (c) => `coalesce(${c}, '{}') || 'x'::text`,
  _uuid: (c) => `coalesce(${c}, '{}') || gen_random_uuid()`,
  _numeric: (c) => `coalesce(${c}, '{}') || 1::numeric`,
  _timestamptz: (c) => `coalesce(${c}, '{}') || '2026-01-01'::timestamptz`,
};

interface Column {
  table: string;
  column: string;
  type: string;
}

describe('any value of any row, changed', () => {
  it(`is found, online and offline, ${times} times over`, async () => {
    const random = randomOf(seed);
    const columns = (await ledger.query(
      `SELECT table_name AS "table", column_name AS "column", udt_name AS type FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = ANY($1) ORDER BY 1, ordinal_position`,
      [TABLES],
    )) as Column[];
    expect([...new Set(columns.map(({ type }) => type))].filter((type) => !others[type])).toEqual([]);
    const missed: string[] = [];
    for (let time = 0; time < times; time += 1) {
      const table = random.pick(TABLES);
      const { column, type } = random.pick(columns.filter((each) => each.table === table));
      const place = random.integer(0, 999);
      const verdict = await tampered(table, column, others[type]!(`"${column}"`), place);
      if (verdict !== undefined && verdict !== 'fail fail')
        missed.push(`${table}.${column} row ${place}: ${verdict}`);
    }
    expect(missed).toEqual([]);
  }, 3_600_000);

  it('leaves a sound ledger behind', async () => {
    expect(await ledger.verify()).toMatchObject({ status: 'pass', faults: [] });
  });
});

/** @returns undefined where the table has no row, or no row can have that value */
async function tampered(
  table: string,
  column: string,
  value: string,
  place: number,
): Promise<string | undefined> {
  const guard = await ledger.homeward.app.database.pool.connect();
  try {
    await guard.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
    await guard.query('SET session_replication_role = replica');
    const { rows } = await guard.query<{ count: number }>(`SELECT count(*)::int AS count FROM "${table}"`);
    if (rows[0]!.count === 0) return undefined;
    const offset = place % rows[0]!.count;
    await guard.query(
      `CREATE TEMPORARY TABLE kept AS SELECT * FROM "${table}" ORDER BY "${table}"::text OFFSET ${offset} LIMIT 1`,
    );
    try {
      await guard.query('BEGIN');
      await guard.query(`DELETE FROM "${table}" WHERE "${table}"::text = (SELECT kept::text FROM kept)`);
      await guard.query(`CREATE TEMPORARY TABLE other AS TABLE kept`);
      await guard.query(`UPDATE other SET "${column}" = ${value}`);
      await guard.query(`INSERT INTO "${table}" SELECT * FROM other`);
      await guard.query('COMMIT');
    } catch (error) {
      await guard.query('ROLLBACK');
      if (/^(23|22)/.test(String((error as AnyJson).code))) return undefined;
      throw error;
    }
    try {
      const { status } = await ledger.verify();
      const offline = await verifyExport(await ledger.exportTo('random.jsonl'));
      return `${status} ${offline?.status}`;
    } finally {
      await guard.query(`DELETE FROM "${table}" WHERE "${table}"::text = (SELECT other::text FROM other)`);
      await guard.query(`INSERT INTO "${table}" SELECT * FROM kept`);
    }
  } finally {
    guard.release(true);
  }
}
