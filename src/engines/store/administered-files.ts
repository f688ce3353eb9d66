/** Stores the administration files as a server last read them. */
import type { Queryable } from '../../platform/postgres';

export interface AdministeredFile {
  name: string;
  sha256: string;
  parts: Readonly<Record<string, string>>;
}

/**
 * Stores the current state of a file, under a lock until the transaction ends. If two nodes see one edit, the first
 * stores it.
 * @returns the previous state; undefined when there was none, or it is the same
 */
export async function exchangeAdministeredFile(
  tx: Queryable,
  { name, sha256, parts }: AdministeredFile,
): Promise<AdministeredFile | undefined> {
  await tx.query(
    {
      text: `INSERT INTO administered_file (name, sha256, parts) VALUES ($1, $2, $3::jsonb)
        ON CONFLICT (name) DO NOTHING`,
    },
    [name, sha256, JSON.stringify(parts)],
  );
  const [before] = await tx.query<{ sha256: string; parts: Record<string, string> }>(
    { text: 'SELECT sha256, parts FROM administered_file WHERE name = $1 FOR UPDATE' },
    [name],
  );
  if (before === undefined || before.sha256 === sha256) return undefined;
  await tx.query(
    {
      text: 'UPDATE administered_file SET sha256 = $2, parts = $3::jsonb, seen_at = now() WHERE name = $1',
    },
    [name, sha256, JSON.stringify(parts)],
  );
  return { name, sha256: before.sha256, parts: before.parts };
}
