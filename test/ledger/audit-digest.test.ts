/** The digest that PostgreSQL makes of an audit record is the one that the server made before it wrote the record. */
import fc from 'fast-check';
import { Client } from 'pg';
import {
  auditDigest,
  auditFactsOf,
  digestOf,
  exactColumns,
  exactRow,
  factsOf,
} from '../../src/engines/ledger/facts';
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

  it('is the one that the server made, for wild values', async () => {
    const character = fc.oneof(
      fc.constantFrom('"', '\\', '{', '}', ',', ' ', '\t', '\u000b', '\u0085', '\u00a0', '\u2028', '[1:1]='),
      fc.integer({ min: 2, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom('null', 'NULL', 'N', '\\x', "'", '\r\n', '=', '\u0002'),
    );
    const text = fc.array(character, { maxLength: 6 }).map((all) => all.join(''));
    const list = fc.option(fc.array(text, { maxLength: 4 }));
    const time = fc
      .oneof(
        fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') }),
        fc.integer({ min: -2000, max: 2000 }),
      )
      .map((millis) => new Date(millis).toISOString());
    const wild = fc.record<Partial<AuditRow>>({
      last_updated: time,
      http_status: fc.integer({ min: -32_768, max: 32_767 }),
      target: fc.option(text),
      content: text,
      patient: list,
      entity: list,
      has_query: fc.boolean(),
      submission_id: fc.option(fc.uuid()),
      mac: fc.uint8Array().map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
    });
    await fc.assert(
      fc.asyncProperty(wild, async (given) => {
        const row = aRow(given);
        expect(await digestInDatabase(row)).toBe(digestOf([auditFactsOf(row, columns)]));
        const { rows } = await client.query<Record<string, unknown>>(
          `SELECT ${exactColumns(columns)} FROM audit_record WHERE id = $1`,
          [row.id],
        );
        expect(digestOf([auditFactsOf(exactRow(rows[0]!), columns)])).toBe(
          digestOf([auditFactsOf(row, columns)]),
        );
      }),
      { numRuns: 300 },
    );
  });

  // What each alteration stores has, in some form or for some reader, the text of what was written.
  it.each<[string, string, Partial<AuditRow>?]>([
    [
      'a time before Christ',
      "last_updated = (to_char(last_updated, 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz",
    ],
    ['microseconds', "last_updated = last_updated + interval '1 microsecond'"],
    ['infinity', "last_updated = 'infinity'"],
    ['minus infinity', "last_updated = '-infinity'"],
    ['the last time', "last_updated = '294276-12-31 23:59:59.999999+00'"],
    ['a year of five digits', "last_updated = last_updated + interval '10000 years'"],
    ['other bounds of a list', "patient = '[5:6]={Patient/1,Patient/2}'"],
    ['a list in a list', "patient = '{{Patient/1,Patient/2}}'"],
    ['null for a text NULL', "entity = '{NULL}'", { entity: ['NULL'] }],
    ['a text NULL for null', 'entity = \'{"NULL"}\'', { entity: null }],
    ['a list of an empty text for an empty list', 'entity = \'{""}\'', { entity: [] }],
    ['an empty list for a list of an empty text', "entity = '{}'", { entity: [''] }],
    ['no list for an empty list', 'entity = NULL', { entity: [] }],
    ['one text for two of a list', "entity = ARRAY['a,b']", { entity: ['a', 'b'] }],
    ['an empty text for none', "target = ''", { target: null }],
    ['no text for an empty one', 'target = NULL', { target: '' }],
    ['a space at the end', "target = target || ' '"],
    ['two columns in one', "break_glass = break_glass || chr(1) || '=' || client_id, client_id = NULL"],
    ['a composed letter', 'target = normalize(target, NFD)', { target: 'é' }],
    ['other bytes', "mac = mac || '\\x00'"],
    ['the text of bytes', "mac = convert_to('\\x' || encode(mac, 'hex'), 'UTF8')"],
  ])('is another one for %s, and so is what is read', async (_name, to, given = {}) => {
    const row = aRow(given);
    const before = digestOf([auditFactsOf(row, columns)]);
    expect(await digestInDatabase(row)).toBe(before);
    await client.query(`UPDATE audit_record SET ${to} WHERE id = $1`, [row.id]);
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT ${auditDigest(columns)} AS digest, ${exactColumns(columns)} FROM audit_record WHERE id = $1`,
      [row.id],
    );
    expect(rows[0]!.digest).not.toBe(before);
    expect(digestOf([auditFactsOf(exactRow(rows[0]!), columns)])).not.toBe(before);
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
