/** The digest that PostgreSQL makes of an audit record is the one that the server made before it wrote the record. */
import { Client } from 'pg';
import { auditDigest, auditFactsOf, digestOf, factsOf } from '../../src/engines/ledger/facts';
import { insertAuditRows } from '../../src/engines/store/audit';
import { newId } from '../../src/platform/ids';
import type { Queryable } from '../../src/platform/postgres';
import { AUDIT_COLUMNS, type AuditRow } from '../../src/use-cases/auditing/audit-record';
import { createTestDatabase, type TestDatabase } from '../support/database';

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const columns = [...AUDIT_COLUMNS].sort();

/** With a value in every column, unless given. */
const aRow = (given: Partial<AuditRow> = {}): AuditRow => ({
  ...Object.fromEntries(columns.map((column) => [column, `a ${column}`])),
  id: newId(),
  last_updated: '2026-11-30T07:08:09.050Z',
  http_status: 200,
  patient: ['Patient/1', 'Patient/2'],
  patient_identifier: ['https://fhir.nhs.uk/Id/nhs-number|9990000018'],
  entity: ['Patient/1'],
  submission_id: '0190aaaa-0000-4000-8000-000000000001',
  has_query: true,
  mac: `\\x${'0a'.repeat(32)}`,
  ...given,
});

/** What PostgreSQL makes of the row once it is stored. */
async function digestInDatabase(row: AuditRow): Promise<unknown> {
  const db = {
    query: async ({ text }: { text: string }, values: unknown[]) => (await client.query(text, values)).rows,
  } as unknown as Queryable;
  await insertAuditRows(db, AUDIT_COLUMNS, [row]);
  const { rows } = await client.query<{ digest: string }>(
    `SELECT ${auditDigest(columns)} AS digest FROM audit_record WHERE id = $1`,
    [row.id],
  );
  return rows[0]?.digest;
}

/** Every character that PostgreSQL stores, in pieces of some hundred. */
const characters = Array.from({ length: 0x110 }, (_, part) =>
  Array.from({ length: 0x100 }, (__, index) => part * 0x100 + index)
    .filter((code) => code > 1 && (code < 0xd800 || code > 0xdfff))
    .map((code) => String.fromCodePoint(code))
    .join(''),
);

describe('the digest of an audit record in the database', () => {
  it.each<[string, Partial<AuditRow>]>([
    ['a value in every column', {}],
    ['nothing where nothing need be', { patient: null, entity: null, submission_id: null, target: null }],
    ['empty texts and lists', { target: '', user_name: '', patient: [], entity: [''] }],
    [
      'marks of lists and rows',
      { target: '{"a",NULL}', entity: ['a,b', '"', '\\', '{}', 'NULL', 'null', ' a ', ''] },
    ],
    ['no milliseconds', { last_updated: '2026-11-30T07:08:09.000Z', has_query: false }],
    ['summer time', { last_updated: '2026-07-01T00:30:00.999Z' }],
    ['every character', { content: characters.join(''), entity: characters.filter((text) => text !== '') }],
  ])('is the one that the server made: %s', async (_name, given) => {
    const row = aRow(given);
    expect(await digestInDatabase(row)).toBe(digestOf([auditFactsOf(row, columns)]));
  });

  it('is another one, and the record is read, where a text has the mark between columns', async () => {
    const row = aRow({ target: 'a\u0001b' });
    expect(await digestInDatabase(row)).not.toBe(digestOf([auditFactsOf(row, columns)]));
    expect(auditFactsOf(row, columns)).toBe(factsOf(row, columns));
  });

  it.each(['Europe/London', 'America/St_Johns'])('does not depend on the time zone %s', async (zone) => {
    await client.query(`SET TimeZone = '${zone}'; SET DateStyle = 'SQL, DMY'; SET bytea_output = 'escape'`);
    const row = aRow({ last_updated: '2026-07-01T00:30:00.001Z' });
    expect(await digestInDatabase(row)).toBe(digestOf([auditFactsOf(row, columns)]));
    await client.query('RESET ALL');
  });

  it.each(columns.filter((column) => column !== 'id'))('covers the column %s', async (column) => {
    const row = aRow();
    const before = await digestInDatabase(row);
    const changed: Readonly<Record<string, string>> = {
      last_updated: "last_updated + interval '1 millisecond'",
      http_status: 'http_status + 1',
      has_query: 'NOT has_query',
      submission_id: 'NULL',
      mac: 'sha256(mac)',
    };
    const isList = Array.isArray(row[column]);
    const to = changed[column] ?? (isList ? `array_append("${column}", 'x')` : `"${column}" || ' '`);
    await client.query(`UPDATE audit_record SET "${column}" = ${to} WHERE id = $1`, [row.id]);
    const { rows } = await client.query<{ digest: string }>(
      `SELECT ${auditDigest(columns)} AS digest FROM audit_record WHERE id = $1`,
      [row.id],
    );
    expect(rows[0]!.digest).not.toBe(before);
  });
});
