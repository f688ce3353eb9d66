/** The definitions that this version's migrations make: a file that `npm run docs:schema` writes and a test checks. */
import type { Queryable } from '../../platform/postgres';
import { migrationsIn, type ExpectedSchema } from './check-schema';
import written from './expected-schema.json';
import { readSchema } from './schema';

export const expectedSchema: ExpectedSchema = written;

/** The same of a database that was just migrated. */
export async function expectedSchemaOf(db: Queryable): Promise<ExpectedSchema> {
  const [row] = await db.query<{ oid: string }>({
    text: `SELECT relnamespace::text AS oid FROM pg_class WHERE oid = 'submission'::regclass`,
  });
  const found = await readSchema(db, { schema: row?.oid ?? '0' });
  const objects = [...found].filter(([object]) => !/\bschema_migration/.test(object));
  return {
    migrations: await migrationsIn(db),
    objects: Object.fromEntries(objects.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
