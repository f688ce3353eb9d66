/** A pool of connections of the benchmark's own, beside those of the server. */
import { Pool, type PoolConfig } from 'pg';

export function openPool(connection: PoolConfig, max: number): Pool {
  const pool = new Pool({ ...connection, max, statement_timeout: 0 });
  // At the end PostgreSQL may close a connection before its pool does; a query that is under way fails by itself.
  pool.on('error', () => undefined);
  return pool;
}
