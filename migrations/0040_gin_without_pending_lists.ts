/**
 * GIN indexes without pending lists. By default an insert only appends to such a list, and every search reads all of it:
 * up to 4 MB, again and again, until it is filed. Each submission searches for the identifiers that it brings, so that
 * this was most of its cost. The audit trail's partitions keep theirs: they are written by everybody, searched by few.
 * @see https://www.postgresql.org/docs/18/gin.html#GIN-FAST-UPDATE
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    DO $$
    DECLARE each regclass;
    BEGIN
      FOR each IN
        SELECT pg_class.oid FROM pg_class JOIN pg_am ON pg_am.oid = pg_class.relam
        WHERE pg_am.amname = 'gin' AND pg_class.relkind = 'i' AND NOT pg_class.relispartition
          AND pg_class.relnamespace = current_schema()::regnamespace
      LOOP
        EXECUTE format('ALTER INDEX %s SET (fastupdate = off)', each);
        PERFORM gin_clean_pending_list(each);
      END LOOP;
    END $$;
  `);
}

export async function down(): Promise<void> {
  throw new Error('Migrations go forward only.');
}
