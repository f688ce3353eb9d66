/**
 * A migrated database for one test file, in the PostgreSQL that global-setup.ts has started for the run (or the one
 * that `TEST_DATABASE_URL` names). It is copied from a template, so that no test sees what another wrote.
 *
 *     let database: TestDatabase;
 *     beforeAll(async () => { database = await createTestDatabase(); });
 *     afterAll(() => database.drop());
 */
import { randomBytes } from 'node:crypto';
import { Client, type PoolConfig } from 'pg';
import { openDatabase, type Database } from '../../src/platform/postgres';
import { connectTo, readTestServer } from './test-server';

export interface TestDatabase {
  connection: PoolConfig;
  /** Ends what is still connected, and removes the database. */
  drop(): Promise<void>;
}

/** @param options.empty without the migrations, for tests of the migrating itself */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = readTestServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(
    server.admin,
    // The files are copied: to write each page to the log as well takes twice the time.
    `CREATE DATABASE ${name} TEMPLATE ${options.empty ? 'template0' : server.template} STRATEGY FILE_COPY`,
  );
  return {
    connection: connectTo(server.admin, name),
    drop: () => administer(server.admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** A pool of connections to a database of its own, for tests of what needs no server. */
export async function openTestDatabase(
  maxConnections: number,
): Promise<{ database: Database; close(): Promise<void> }> {
  const test = await createTestDatabase();
  const database = openDatabase(test.connection, {
    maxConnections,
    connectionTimeoutMillis: 5_000,
    statementTimeoutMillis: 5_000,
    onError: () => undefined,
  });
  return {
    database,
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}

/** Runs one statement outside of any test's database. */
export async function administer(admin: PoolConfig, sql: string): Promise<void> {
  const client = new Client(admin);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
