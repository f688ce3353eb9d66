/**
 * The definitions of the database are held to those of this version: what somebody with every right on it drops, alters
 * or adds to our tables is a fault with its name, and never an error. Each change is undone after it was looked at.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchema } from '../../src/engines/ledger/check-schema';
import { expectedSchema, expectedSchemaOf } from '../../src/engines/ledger/expected-schema';
import { Faults } from '../../src/engines/ledger/fault';
import { createVerifier, type Verification } from '../../src/engines/ledger/verify';
import { openDatabase, type Database } from '../../src/platform/postgres';
import { createTestDatabase } from '../support/database';
import { startSealed, type Sealed } from './harness';
import { openOneTransaction, type OneTransaction } from './one-transaction';

let ledger: Sealed;
let on: OneTransaction;
beforeAll(async () => {
  ledger = await startSealed();
  on = await openOneTransaction(ledger.homeward.app.database, true);
});
afterAll(async () => {
  await on.end();
  await ledger.close();
});

/** What is found after these statements. */
async function foundAfter(...statements: string[]): Promise<string[]> {
  return on.undone([], async () => {
    for (const statement of statements) await on.change(statement);
    const faults = new Faults();
    await checkSchema(on.anew, expectedSchema, faults);
    return faults.list.map(({ kind, text }) => `${kind}: ${text}`);
  });
}

async function verifiedAfter(...statements: string[]): Promise<Verification> {
  return on.undone([], async () => {
    for (const statement of statements) await on.change(statement);
    // As one transaction is all there is here, an error would end it: each question has a place to go back to.
    const query: Database['query'] = async (statement, values) => {
      await on.change('SAVEPOINT question');
      try {
        return await on.anew.query(statement, values);
      } catch (error) {
        await on.change('ROLLBACK TO question');
        throw error;
      }
    };
    const database = {
      ...on.anew,
      query,
      transaction: (work: never) => (work as (tx: unknown) => never)({ query }),
    };
    return createVerifier({
      ...ledger.known,
      database: database as Database,
      known: async () => ({ heads: [], alarms: [] }),
    }).verify();
  });
}

const NOTHING = `LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`;

const harms: [what: string, found: string, ...sql: string[]][] = [
  [
    'a trigger that keeps rows out of the trail',
    'The trigger audit_record.mute was added.',
    `CREATE FUNCTION nothing() RETURNS trigger ${NOTHING}`,
    'CREATE TRIGGER mute BEFORE INSERT ON audit_record FOR EACH ROW EXECUTE FUNCTION nothing()',
  ],
  [
    'a trigger that changes what is stored',
    'The trigger observation.change was added.',
    `CREATE FUNCTION nothing() RETURNS trigger ${NOTHING}`,
    'CREATE TRIGGER change BEFORE INSERT ON observation FOR EACH ROW EXECUTE FUNCTION nothing()',
  ],
  [
    'a trigger of the month’s partition alone',
    'was added.',
    `CREATE FUNCTION nothing() RETURNS trigger ${NOTHING}`,
    `DO $$ BEGIN EXECUTE 'CREATE TRIGGER mute BEFORE INSERT ON ' || (SELECT relname FROM pg_class
      WHERE relname ~ '^audit_record_2' AND relkind = 'r' LIMIT 1) || ' FOR EACH ROW EXECUTE FUNCTION nothing()'; END $$`,
  ],
  [
    'a foreign key that is not checked',
    'was switched off',
    'ALTER TABLE submission_body DISABLE TRIGGER ALL',
  ],
  [
    'a rule',
    'The rule submission.mute was added.',
    'CREATE RULE mute AS ON INSERT TO submission DO INSTEAD NOTHING',
  ],
  [
    'a view that hides',
    'The view audit_event was changed.',
    `DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW audit_event AS ' || rtrim(pg_get_viewdef('audit_event'::regclass), ';')
      || ' WHERE sender <> ''RR8'''; END $$`,
  ],
  [
    'a function that finds nothing',
    'The function audit_token(system text, value text) was changed.',
    `CREATE OR REPLACE FUNCTION audit_token(system text, value text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT '{}'::text[] $$`,
  ],
  [
    'a function of the same name for other types',
    'The function audit_token(system text, value character varying) was added.',
    `CREATE FUNCTION audit_token(system text, value varchar) RETURNS text[] LANGUAGE sql AS $$ SELECT '{}'::text[] $$`,
  ],
  ['row security', 'The table observation was changed.', 'ALTER TABLE observation ENABLE ROW LEVEL SECURITY'],
  ['a policy', 'The policy patient.mine was added.', 'CREATE POLICY mine ON patient USING (false)'],
  [
    'a default that is never sealed',
    'The column audit_record.xid was changed.',
    `ALTER TABLE audit_record ALTER xid SET DEFAULT '9223372036854775807'`,
  ],
  [
    'a column dropped',
    'The column observation.effective_start is missing.',
    'ALTER TABLE observation DROP COLUMN effective_start CASCADE',
  ],
  ['a column added', 'The column patient.more was added.', 'ALTER TABLE patient ADD COLUMN more text'],
  [
    'a column renamed',
    'The column submission.outcome is missing.',
    'ALTER TABLE submission RENAME COLUMN outcome TO result',
  ],
  [
    'a type changed',
    'The column submission.size was changed.',
    'ALTER TABLE submission ALTER COLUMN size TYPE bigint',
  ],
  [
    'a primary key dropped',
    'The constraint ledger_seal.ledger_seal_pkey is missing.',
    'ALTER TABLE ledger_seal DROP CONSTRAINT ledger_seal_pkey',
  ],
  [
    'a unique index dropped',
    'The index submission.submission_once is missing.',
    'DROP INDEX submission_once',
  ],
  [
    'an index made to lie',
    'The index submission.submission_once was changed.',
    `UPDATE pg_index SET indisready = false WHERE indexrelid = 'submission_once'::regclass`,
  ],
  ['a table that a crash empties', 'The table device was changed.', 'ALTER TABLE device SET UNLOGGED'],
  [
    'an event trigger',
    'The event trigger watch was added.',
    `CREATE FUNCTION watching() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    'CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watching()',
  ],
  [
    'rows in a table that inherits',
    'The heir observation.more_of_them was added.',
    'CREATE TABLE more_of_them () INHERITS (observation)',
  ],
  [
    'another table before ours in the search path',
    'The search path finds a different observation, not Homeward’s.',
    'CREATE SCHEMA before',
    'CREATE TABLE before.observation AS TABLE observation',
    'SET LOCAL search_path = before, public',
  ],
  [
    'functions before those of PostgreSQL',
    'The search path finds other functions before the functions of PostgreSQL.',
    'SET LOCAL search_path = public, pg_catalog',
  ],
  [
    'a function that fits better than PostgreSQL’s own',
    'The function convert_to(text, text) takes the place of PostgreSQL’s own.',
    `CREATE FUNCTION convert_to(content text, encoding text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ''::bytea $$`,
  ],
  [
    'the same, called an extension’s',
    'The function convert_to(text, text) takes the place of PostgreSQL’s own.',
    `CREATE FUNCTION convert_to(content text, encoding text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ''::bytea $$`,
    'ALTER EXTENSION plpgsql ADD FUNCTION convert_to(text, text)',
  ],
  [
    'an operator that fits better than PostgreSQL’s own',
    'The operator || of uuid and text takes the place of PostgreSQL’s own.',
    `CREATE FUNCTION joined(uuid, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '' $$`,
    'CREATE OPERATOR || (LEFTARG = uuid, RIGHTARG = text, FUNCTION = joined)',
  ],
  [
    'a cast between types of PostgreSQL',
    'The cast from xid8 to text was added or changed.',
    `CREATE FUNCTION written(xid8) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '1' $$`,
    'CREATE CAST (xid8 AS text) WITH FUNCTION written(xid8)',
  ],
  [
    'a function of PostgreSQL replaced',
    'The function sha256(bytea) of PostgreSQL was changed.',
    `CREATE OR REPLACE FUNCTION pg_catalog.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ''::bytea $$`,
  ],
  [
    'an operator of PostgreSQL that leads elsewhere',
    'The operator = of PostgreSQL was changed.',
    `CREATE FUNCTION same(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT true $$`,
    `UPDATE pg_operator SET oprcode = 'same'::regproc WHERE oid = '=(uuid,uuid)'::regoperator`,
  ],
  [
    'a function of ours for other types, called an extension’s',
    'The function audit_token(system text, value character varying) was added.',
    `CREATE FUNCTION audit_token(system text, value varchar) RETURNS text[] LANGUAGE sql AS $$ SELECT '{}'::text[] $$`,
    'ALTER EXTENSION plpgsql ADD FUNCTION audit_token(text, varchar)',
  ],
  [
    'an event trigger, called an extension’s',
    'The event trigger watch was added.',
    `CREATE FUNCTION watching() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    'CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watching()',
    'ALTER EXTENSION plpgsql ADD EVENT TRIGGER watch',
  ],
  [
    'rows in a table of another schema that inherits',
    'The heir observation.elsewhere.more_of_them was added.',
    'CREATE SCHEMA elsewhere',
    'CREATE TABLE elsewhere.more_of_them () INHERITS (observation)',
  ],
  [
    'a month of the audit trail moved to another schema',
    'The table elsewhere.audit_record_2',
    'CREATE SCHEMA elsewhere',
    `DO $$ BEGIN EXECUTE 'ALTER TABLE ' || (SELECT relname FROM pg_class
      WHERE relname ~ '^audit_record_2' AND relkind = 'r' LIMIT 1) || ' SET SCHEMA elsewhere'; END $$`,
  ],
  [
    'a trigger that is called PostgreSQL’s own',
    'The trigger observation.change was added.',
    `CREATE FUNCTION nothing() RETURNS trigger ${NOTHING}`,
    'CREATE TRIGGER change BEFORE INSERT ON observation FOR EACH ROW EXECUTE FUNCTION nothing()',
    `UPDATE pg_trigger SET tgisinternal = true WHERE tgname = 'change'`,
  ],
  [
    'a trigger that is called one of a foreign key',
    'The trigger observation.RI_ConstraintTrigger_c_1 was added.',
    `CREATE FUNCTION nothing() RETURNS trigger ${NOTHING}`,
    'CREATE TRIGGER "RI_ConstraintTrigger_c_1" BEFORE INSERT ON observation FOR EACH ROW EXECUTE FUNCTION nothing()',
    `UPDATE pg_trigger SET tgisinternal = true, tgconstraint = (SELECT oid FROM pg_constraint
      WHERE conrelid = 'submission_body'::regclass AND contype = 'f') WHERE tgname = 'RI_ConstraintTrigger_c_1'`,
  ],
  [
    'a foreign key without its triggers',
    'The constraint submission_body.submission_body_submission_id_fkey was changed.',
    `DELETE FROM pg_trigger WHERE tgisinternal AND tgrelid = 'submission_body'::regclass`,
  ],
  [
    'a foreign key whose triggers do something else',
    'The constraint submission_body.submission_body_submission_id_fkey was changed.',
    `UPDATE pg_trigger SET tgfoid = 'suppress_redundant_updates_trigger'::regproc
      WHERE tgisinternal AND tgrelid = 'submission_body'::regclass`,
  ],
  [
    'a function with a second body, which PostgreSQL runs instead',
    'The function audit_token(system text, value text) was changed.',
    `CREATE FUNCTION empty_list(system text, value text) RETURNS text[] LANGUAGE sql BEGIN ATOMIC SELECT '{}'::text[]; END`,
    `UPDATE pg_proc SET prosqlbody = (SELECT prosqlbody FROM pg_proc WHERE proname = 'empty_list') WHERE proname = 'audit_token'`,
  ],
  [
    'a unique index that is not checked at once',
    'The index submission.submission_once was changed.',
    `UPDATE pg_index SET indimmediate = false WHERE indexrelid = 'submission_once'::regclass`,
  ],
  [
    'a table whose indexes are not used',
    'The table observation was changed.',
    `UPDATE pg_class SET relhasindex = false WHERE relname = 'observation'`,
  ],
  [
    'a table whose triggers are not run',
    'The table submission_body was changed.',
    `UPDATE pg_class SET relhastriggers = false WHERE relname = 'submission_body'`,
  ],
  [
    'a table whose constraints are not checked',
    'The table submission was changed.',
    `UPDATE pg_class SET relchecks = 0 WHERE relname = 'submission'`,
  ],
  [
    'an index that compares by another function',
    'The indexes of uuid_ops of PostgreSQL compare by another function.',
    `CREATE FUNCTION all_the_same(uuid, uuid) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0'`,
    `UPDATE pg_amproc SET amproc = 'all_the_same'::regproc WHERE amproc = 'uuid_cmp'::regproc`,
  ],
  [
    'an index that finds by another operator',
    'The indexes of uuid_ops of PostgreSQL compare by another operator.',
    `UPDATE pg_amop SET amopopr = '<>(uuid,uuid)'::regoperator WHERE amopopr = '=(uuid,uuid)'::regoperator AND amopstrategy = 3
      AND amopmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')`,
  ],
  ['a table dropped', 'The table ledger_tombstone is missing.', 'DROP TABLE ledger_tombstone'],
  ['a table renamed', 'The table used_assertion is missing.', 'ALTER TABLE used_assertion RENAME TO old'],
];

describe('the definitions of the database', () => {
  it('are those of this version’s migrations, and the file of them is fresh: npm run docs:schema', async () => {
    const test = await createTestDatabase();
    const database = openDatabase(test.connection, {
      maxConnections: 1,
      connectionTimeoutMillis: 5_000,
      statementTimeoutMillis: 30_000,
      onError: () => undefined,
    });
    const fresh = await expectedSchemaOf(database);
    await database.close();
    await test.drop();
    expect(fresh).toEqual(expectedSchema);
    const file = join(__dirname, '..', '..', 'src', 'engines', 'ledger', 'expected-schema.json');
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(fresh, null, 2)}\n`);
  });

  it('are sound while the server runs, with the partitions that it makes', async () => {
    expect(await foundAfter()).toEqual([]);
  });

  it.each(harms)('show %s', async (_what, found, ...sql) => {
    expect((await foundAfter(...sql)).join('\n')).toContain(found);
  });

  it('may have an index, a table, a view and a function of the operator’s beside them', async () => {
    expect(
      await foundAfter(
        'CREATE INDEX mine ON observation (last_updated, id)',
        'CREATE TABLE mine_too (id integer PRIMARY KEY)',
        'CREATE VIEW seen AS SELECT id FROM observation',
        `CREATE FUNCTION of_mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
      ),
    ).toEqual([]);
  });

  it('may have functions and operators of the operator’s own types beside them, and another way of printing names', async () => {
    expect(
      await foundAfter(
        `CREATE TYPE shade AS ENUM ('light', 'dark')`,
        `CREATE FUNCTION length(shade) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
        `CREATE FUNCTION lighter(shade, text) RETURNS text LANGUAGE sql AS 'SELECT $2'`,
        'CREATE OPERATOR || (LEFTARG = shade, RIGHTARG = text, FUNCTION = lighter)',
        'SET LOCAL quote_all_identifiers = on',
      ),
    ).toEqual([]);
  });

  it('show a setting of the database with which foreign keys are not checked', async () => {
    const { database } = ledger.homeward.app;
    const [{ name }] = await ledger.query('SELECT quote_ident(current_database()) AS name');
    await ledger.query(`ALTER DATABASE ${name} SET session_replication_role = replica`);
    const another = openDatabase(database.pool.options, {
      maxConnections: 1,
      connectionTimeoutMillis: 5_000,
      statementTimeoutMillis: 30_000,
      onError: () => undefined,
    });
    const faults = new Faults();
    try {
      await checkSchema(another, expectedSchema, faults);
    } finally {
      await another.close();
      await ledger.query(`ALTER DATABASE ${name} RESET session_replication_role`);
    }
    expect(faults.list.map(({ text }) => text)).toEqual([
      'The setting session_replication_role is replica for this database or role.',
    ]);
  });

  it.each([
    ['a table of the ledger', 'The table ledger_seal is missing.', 'DROP TABLE ledger_seal'],
    [
      'a column of the ledger',
      'The column ledger_seal.records is missing.',
      'ALTER TABLE ledger_seal DROP records',
    ],
    ['a table of resources', 'The table device is missing.', 'DROP TABLE device'],
    ['a history', 'The table device_history is missing.', 'ALTER TABLE device_history RENAME TO old'],
    [
      'a column of a resource',
      'The column patient.birth_date is missing.',
      'ALTER TABLE patient RENAME birth_date TO b',
    ],
    [
      'the audit trail’s time',
      'The column audit_record.xid is missing.',
      'ALTER TABLE audit_record DROP xid CASCADE',
    ],
  ])('fail verification by name where %s is missing, and are no error', async (_what, found, sql) => {
    const verification = await verifiedAfter(sql);
    expect(verification.status).toBe('fail');
    expect(verification.faults).toContainEqual({ kind: 'shape', text: found });
  });
});
