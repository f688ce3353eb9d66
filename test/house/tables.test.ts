/** The tables are as the definitions say: in the migrated database, and in `docs/tables.md` (`npm run docs:tables`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { changesFor } from '../../src/interfaces/cli/migration-file';
import { tablesPage } from '../../src/interfaces/cli/tables-page';
import { storedResources } from '../../src/resources';
import { createTestDatabase, type TestDatabase } from '../support/database';

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

  it('has the tables, histories and indexes that the definitions declare: npm run migration NAME', async () => {
    await client.query('BEGIN');
    const db = {
      query: async <R>({ text }: { text: string }, values?: readonly unknown[]) =>
        (await client.query(text, values && [...values])).rows as R[],
    };
    expect(await changesFor(db, storedResources)).toEqual([]);
    await client.query('ROLLBACK');
  });
});

describe('docs/tables.md', () => {
  it('is as the definitions are', () => {
    const page = readFileSync(join(__dirname, '..', '..', 'docs', 'tables.md'), 'utf8');
    expect(page).toBe(tablesPage(storedResources));
  });
});
