/** Looks at a database that servers are killed on, over connections of its own. */
import type { PoolConfig } from 'pg';
import { openDatabase, type Database } from '../../src/platform/postgres';

export async function looking<T>(
  connection: PoolConfig,
  look: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(connection, {
    maxConnections: 2,
    connectionTimeoutMillis: 10_000,
    statementTimeoutMillis: 60_000,
    onError: () => undefined,
  });
  try {
    return await look(database);
  } finally {
    await database.close();
  }
}
