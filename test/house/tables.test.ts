/** The tables are as the definitions say: in the migrated database, and in `docs/tables.md` (`npm run docs:tables`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { tablesPage } from '../../src/interfaces/cli/tables-page';
import { columnsOf } from '../../src/engines/indexing/columns';
import { storedResources } from '../../src/resources';
import { createTestDatabase, type TestDatabase } from '../support/database';

const SHORT: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp with time zone[]': 'timestamptz[]',
};

describe('the migrated database', () => {
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

  async function columnsIn(table: string): Promise<Map<string, string>> {
    const { rows } = await client.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [table],
    );
    return new Map(rows.map(({ name, type }) => [name, SHORT[type] ?? type]));
  }

  it.each([...new Set(storedResources.map(({ table }) => table.name))])(
    'has the columns that are declared of %s; its history, if it has one, those and three more',
    async (name) => {
      const declared = new Map<string, string>([['xid', 'xid8']]);
      for (const definition of storedResources.filter(({ table }) => table.name === name))
        for (const column of columnsOf(definition)) declared.set(column.name, column.type);
      expect(sorted(await columnsIn(name))).toEqual(sorted(declared));
      if (storedResources.some(({ table }) => table.name === name && table.history === false)) return;
      declared.set('superseded_xid', 'xid8').set('superseded_at', 'timestamptz').set('deleted', 'boolean');
      expect(sorted(await columnsIn(`${name}_history`))).toEqual(sorted(declared));
    },
  );
});

function sorted(columns: ReadonlyMap<string, string>): string[] {
  return [...columns].map(([name, type]) => `${name} ${type}`).sort();
}

describe('docs/tables.md', () => {
  it('is as the definitions are', () => {
    const page = readFileSync(join(__dirname, '..', '..', 'docs', 'tables.md'), 'utf8');
    expect(page).toBe(tablesPage(storedResources));
  });
});
