/** The server's own secrets. The first node creates each, and all nodes of this database use the same. */
import { randomBytes } from 'node:crypto';
import type { Queryable } from '../../platform/postgres';

/** 32 bytes. @throws when the database is not available */
export async function secret(db: Queryable, name: string): Promise<Buffer> {
  await db.query(
    { text: 'INSERT INTO server_secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING' },
    [name, randomBytes(32)],
  );
  const value = await readSecret(db, name);
  if (!value) throw new Error('the secret was not stored');
  return value;
}

/** The same, but undefined when no node has created it. */
export async function readSecret(db: Queryable, name: string): Promise<Buffer | undefined> {
  const [row] = await db.query<{ value: Buffer }>(
    { text: 'SELECT value FROM server_secret WHERE name = $1' },
    [name],
  );
  return row?.value;
}
