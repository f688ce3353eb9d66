/**
 * Somebody with the database's account defines functions that return the old text of an audit record, changes the record
 * before it is sealed, and removes the functions again: before that, the record is compared.
 */
import type { Client } from 'pg';
import { builtInsChanged, checkBuiltIns } from '../../src/engines/ledger/check-built-ins';
import { openLedgerKey } from '../../src/engines/ledger/keys';
import { seal, type SealOptions } from '../../src/engines/ledger/seal';
import type { Fault } from '../../src/engines/ledger/fault';
import { rowDigest } from '../../src/engines/ledger/row-digest';
import type { FactTables } from '../../src/engines/ledger/sealed-tables';
import { createWitness } from '../../src/engines/ledger/witness';
import { insertAuditRows } from '../../src/engines/store/audit';
import { append } from '../../src/fhir/long-lists';
import { newId } from '../../src/platform/ids';
import type { Database } from '../../src/platform/postgres';
import { AUDIT_COLUMNS, type AuditRow } from '../../src/use-cases/auditing/audit-record';
import { openTestDatabase } from '../support/database';

const tables = { tables: [], types: {}, unlisted: [], columns: {} } as unknown as FactTables;
const TEXTS = AUDIT_COLUMNS.length + 1;

const aRow = (): AuditRow => ({
  ...Object.fromEntries(AUDIT_COLUMNS.map((column) => [column, `a ${column}`])),
  id: newId(),
  last_updated: '2026-11-30T07:08:09.050Z',
  http_status: 200,
  patient: ['Patient/1'],
  patient_identifier: null,
  entity: ['Patient/1'],
  submission_id: null,
  has_query: true,
  mac: `\\x${'0a'.repeat(32)}`,
});

let database: Database;
let close: () => Promise<void>;
beforeEach(async () => {
  ({ database, close } = await openTestDatabase(2));
});
afterEach(() => close());

/** Writes a record, changes it beside a definition, and compares. */
async function compared(...definitions: string[]): Promise<Fault[]> {
  const witness = createWitness(tables, () => true);
  const row = aRow();
  witness.recorded([row], await insertAuditRows(database, AUDIT_COLUMNS, [row]));
  const client = (await database.pool.connect()) as unknown as Client & { release(end: boolean): void };
  try {
    for (const text of definitions) await client.query(text);
    await client.query("UPDATE audit_record SET client_id = 'other' WHERE id = $1", [row.id]);
    return await witness.compare(database, '18446744073709551615');
  } finally {
    client.release(true);
  }
}

/** A function that returns the text with the old client for the changed one. */
const answering = (name: string): string =>
  `CREATE OR REPLACE FUNCTION ${name}(${Array.from({ length: TEXTS }, (_, index) => `a${index} text`).join(', ')})
   RETURNS text LANGUAGE sql STABLE AS $$ SELECT array_to_string(ARRAY[${Array.from(
     { length: TEXTS - 1 },
     (_, index) => `replace(a${index + 1}, '=other', '=a client_id')`,
   ).join(', ')}], a0) $$`;

const changed = [
  expect.objectContaining({ kind: 'changed', record: expect.objectContaining({ kind: 'audit' }) }),
];

describe('an audit record that is changed before it is sealed', () => {
  it('is reported beside a function of the texts that the digest is made of', async () => {
    expect(await compared(answering('public.concat_ws'))).toEqual(changed);
  });

  it.each([
    ['encode', "(bytea, text) RETURNS text LANGUAGE sql AS $$ SELECT '' $$"],
    ['convert_to', "(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$"],
    ['unnest', "(text[]) RETURNS SETOF text LANGUAGE sql AS $$ SELECT '3'::text $$"],
    ['chr', "(smallint) RETURNS text LANGUAGE sql AS $$ SELECT '' $$"],
  ])('is reported beside another function %s, and no record is that was not changed', async (name, rest) => {
    const witness = createWitness(tables, () => true);
    const row = aRow();
    witness.recorded([row], await insertAuditRows(database, AUDIT_COLUMNS, [row]));
    expect(await compared(`CREATE FUNCTION public.${name}${rest}`)).toEqual(changed);
    const faults: Fault[] = [];
    const compare: SealOptions['compare'] = async (tx, upto, sealed) => {
      append(faults, await witness.compare(tx, upto, sealed));
    };
    const key = await openLedgerKey(database);
    // A transaction of another database that is still open can hold records back.
    let records = 0;
    while (records < 2)
      records += (await seal({ database, key, tables, now: () => new Date(), compare }))?.records ?? 0;
    expect(records).toBe(2);
    expect(faults).toEqual([]);
    const [{ shape } = { shape: '' }] = await database.query<{ shape: string }>({
      text: 'SELECT shape FROM ledger_shape',
    });
    expect(JSON.parse(shape).tables.audit_record).toEqual(expect.arrayContaining([...AUDIT_COLUMNS]));
  });

  it('is reported, and so is the function, where a superuser adds it to PostgreSQL’s own schema', async () => {
    expect(await builtInsChanged(database)).toBe(false);
    const faults = await compared(answering('pg_catalog.concat_ws'));
    expect(faults).toEqual([expect.objectContaining({ kind: 'shape' }), ...changed]);
  });

  it('is not hidden by an operator that somebody defines', async () => {
    const [{ oid } = { oid: '' }] = await database.query<{ oid: string }>({
      text: "SELECT 'public'::regnamespace::oid::text AS oid",
    });
    for (const text of [
      `CREATE FUNCTION public.never(oid, regnamespace) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'`,
      'CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = public.never)',
      `CREATE OR REPLACE FUNCTION pg_catalog.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ''::bytea $$`,
    ])
      await database.query({ text });
    expect(await builtInsChanged(database)).toBe(true);
    expect(await checkBuiltIns(database, oid)).toContain(
      'The function sha256(bytea) of PostgreSQL was changed.',
    );
  });

  it('has the same digest in a seal beside another function convert_to', async () => {
    const query = async (): Promise<string> => {
      const [row] = await database.query<{ digest: string }>({
        text: `SELECT ${rowDigest(["'a'::text", '1'])}::text AS digest`,
      });
      return row!.digest;
    };
    const before = await query();
    await database.query({
      text: "CREATE FUNCTION public.convert_to(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$",
    });
    expect(await query()).toBe(before);
  });
});
