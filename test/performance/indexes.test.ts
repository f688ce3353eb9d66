/** What keeps searches as fast in a large store as in a small one, as far as the tables themselves can show it. */
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database';

describe('the indexes', () => {
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

  it('keep no pending list where they are GIN, but for the partitions of the audit trail', async () => {
    const { rows } = await client.query<{ name: string }>(`
      SELECT pg_class.relname AS name FROM pg_class JOIN pg_am ON pg_am.oid = pg_class.relam
      WHERE pg_am.amname = 'gin' AND pg_class.relkind = 'i' AND NOT pg_class.relispartition
        AND pg_class.relnamespace = 'public'::regnamespace
        AND NOT coalesce(pg_class.reloptions @> ARRAY['fastupdate=off'], false)`);
    expect(rows).toEqual([]);
  });
});
