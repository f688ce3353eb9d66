import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParametersOf } from '../../definitions/search-parameter';
import { storedResources } from '../../resources';
import { changesFor, migrationText, nextNumber } from './migration-file';

const encounter = storedResources.find(({ type }) => type === 'Encounter')!;
const task = storedResources.find(({ type }) => type === 'Task')!;

/** The definitions with one of them changed, or without it. */
const definitions = (type: string, ...instead: ResourceDefinition[]): ResourceDefinition[] =>
  storedResources.flatMap((each) => (each.type === type ? instead : [each]));

const withPriority: ResourceDefinition = {
  ...encounter,
  table: {
    ...encounter.table,
    indexes: [...(encounter.table.indexes ?? []), { name: 'priority', on: 'priority', using: 'gin' }],
  },
  searchParameters: [
    ...encounter.searchParameters,
    searchParametersOf('Encounter').token('priority', 'Encounter.priority', 'How urgent it is'),
  ],
};
const taskOfItsOwn: ResourceDefinition = {
  ...task,
  table: { name: 'task', patient: ['for'], columns: [], indexes: [{ name: 'of_patient', on: 'patient_id' }] },
};

describe('the next migration', () => {
  let database: TestDatabase;
  let client: Client;
  beforeEach(async () => {
    database = await createTestDatabase();
    client = new Client(database.connection);
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  async function changes(
    ...args: [readonly ResourceDefinition[], (readonly string[])?]
  ): ReturnType<typeof changesFor> {
    await client.query('BEGIN');
    const db = {
      query: async <R>({ text }: { text: string }, values?: readonly unknown[]) =>
        (await client.query(text, values && [...values])).rows as R[],
    };
    const found = await changesFor(db, ...args);
    await client.query('ROLLBACK');
    return found;
  }

  it.each([
    ['a new search parameter', definitions('Encounter', withPriority), 'encounter'],
    ['a type with a new table', definitions('Task', taskOfItsOwn), 'task'],
  ])('makes the database as it is declared: %s', async (_what, declared, table) => {
    const found = await changes(declared);
    expect(found.map((each) => each.table)).toEqual([table]);
    await client.query(migrationText('example', found));
    expect(await changes(declared)).toEqual([]);
  });

  it('adds a column to table and history at once, with its index', async () => {
    expect(migrationText('priority', await changes(definitions('Encounter', withPriority)))).toBe(
      `-- Made from the definitions in src/resources/ by: npm run migration priority
-- docs/tables.md describes each column.

-- Encounter: table \`encounter\` and its history.
ALTER TABLE encounter
  ADD COLUMN priority text[],
  ADD COLUMN priority_text text[];
ALTER TABLE encounter_history
  ADD COLUMN priority text[],
  ADD COLUMN priority_text text[];
CREATE INDEX encounter_priority ON encounter USING gin (priority) WITH (fastupdate = off);
`,
    );
  });

  it('drops nothing: a column, an index or a table that is no longer declared is named in a comment', async () => {
    await client.query(
      'ALTER TABLE encounter ADD COLUMN ward text; CREATE INDEX encounter_ward ON encounter (ward)',
    );
    const [change, ...others] = await changes(storedResources);
    expect(others).toEqual([]);
    expect(change!.sql).toBe(`-- Encounter: table \`encounter\` and its history.
-- No definition declares the index \`encounter_ward\` of encounter any more. Remove the dashes if it may go:
-- DROP INDEX encounter_ward;
-- No definition declares the column \`ward\` of encounter any more. Remove the dashes if it may go:
-- ALTER TABLE encounter DROP COLUMN "ward";`);
    const gone = await changes(definitions('Device'));
    expect(gone.at(-1)!.sql).toContain('-- No definition declares the table `device` any more.');
  });

  it('leaves to a person what becomes of values whose column has another type, and replaces an index', async () => {
    await client.query(
      `ALTER TABLE encounter ALTER COLUMN length TYPE text; DROP INDEX encounter_period; CREATE INDEX encounter_period ON encounter (period_end)`,
    );
    const [change] = await changes(storedResources);
    expect(change!.sql).toBe(`-- Encounter: table \`encounter\` and its history.
-- \`length\` is text and is to be numeric. Say what becomes of the values that are there:
-- ALTER TABLE encounter ALTER COLUMN length TYPE numeric USING …;
DROP INDEX encounter_period;
CREATE INDEX encounter_period ON encounter (period_start);`);
  });

  it('is limited to the tables that are named', async () => {
    expect(await changes(definitions('Encounter', withPriority), ['patient'])).toEqual([]);
  });

  it('has the number after the last', () => {
    expect(nextNumber(['0001_server_tables.sql', '0009_last.sql', 'checksums.json'])).toBe('0010');
  });
});
