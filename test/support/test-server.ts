/**
 * What global-setup.ts tells the test files of the PostgreSQL it has started. They run in other processes, which
 * inherit the environment.
 */
import type { PoolConfig } from 'pg';

export interface TestServer {
  /** As a user that may create databases, in a database that no test uses. */
  admin: PoolConfig;
  /** The migrated database that tests get copies of. */
  template: string;
}

const VARIABLE = 'HOMEWARD_TEST_SERVER';

export function publishTestServer(server: TestServer): void {
  process.env[VARIABLE] = JSON.stringify(server);
}

export function readTestServer(): TestServer {
  const text = process.env[VARIABLE];
  if (!text) throw new Error('no PostgreSQL for tests: run them through jest, whose global setup starts one');
  return JSON.parse(text) as TestServer;
}

/** The same server and user, another database. */
export function connectTo(server: PoolConfig, database: string): PoolConfig {
  if (!server.connectionString) return { ...server, database };
  const url = new URL(server.connectionString);
  url.pathname = `/${database}`;
  return { ...server, connectionString: url.toString() };
}
