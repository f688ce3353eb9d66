import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database';
import { connectTo } from '../../../test/support/test-server';
import { startNode } from '../../../test/support/node-process';
import { migrate, MigrationFailure } from './migrate';

const silent = (): void => undefined;

describe('migrate', () => {
  let database: TestDatabase;
  let directory: string;

  beforeEach(async () => {
    database = await createTestDatabase({ empty: true });
    directory = mkdtempSync(join(tmpdir(), 'homeward-migrations-'));
    write('0001_ward', 'CREATE TABLE ward (name text)');
    write('0002_bed', 'CREATE TABLE bed (ward text)');
  });

  afterEach(async () => {
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  function write(name: string, sql: string): void {
    writeFileSync(join(directory, `${name}.sql`), sql);
  }

  async function query<R>(sql: string): Promise<R[]> {
    const client = new Client(database.connection);
    await client.connect();
    try {
      return (await client.query(sql)).rows as R[];
    } finally {
      await client.end();
    }
  }

  it('applies every migration in the order of their names, and none the second time', async () => {
    const first = await migrate(database.connection, silent, directory);
    const second = await migrate(database.connection, silent, directory);

    expect([first, second]).toEqual([{ applied: ['0001_ward', '0002_bed'] }, { applied: [] }]);
  });

  it('takes a file of several statements as it is, question marks and all', async () => {
    write(
      '0003_text',
      `-- Is it read as it stands?
      CREATE TABLE note (text text);
      INSERT INTO note VALUES ('why? $1 {"a": 1}'); INSERT INTO note SELECT '?' WHERE '{"a": 1}'::jsonb ? 'a';`,
    );

    await migrate(database.connection, silent, directory);

    expect(await query('SELECT text FROM note')).toEqual([{ text: 'why? $1 {"a": 1}' }, { text: '?' }]);
  });

  it('lets one of several nodes that start at once migrate, and the others find it done', async () => {
    write('0003_slow', 'SELECT pg_sleep(0.3)');

    const all = await Promise.all([1, 2, 3].map(() => migrate(database.connection, silent, directory)));

    expect(all.map(({ applied }) => applied).sort((a, b) => b.length - a.length)).toEqual([
      ['0001_ward', '0002_bed', '0003_slow'],
      [],
      [],
    ]);
  });

  it('leaves nothing of a migration that fails', async () => {
    write('0003_wrong', 'CREATE TABLE ward (name text)');

    await expect(migrate(database.connection, silent, directory)).rejects.toThrow('already exists');

    expect(await query("SELECT to_regclass('ward') AS ward")).toEqual([{ ward: null }]);
  });

  it('goes on after a node was killed in the middle of a migration', async () => {
    write('0003_endless', 'SELECT pg_sleep(3600)');
    const node = startNode(join(__dirname, 'migrate.ts'), 'migrate', [database.connection, null, directory]);
    await until(async () => {
      const rows = await query(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND state = 'active' AND pid <> pg_backend_pid()",
      );
      return rows.length > 0;
    });
    await node.kill('SIGKILL');
    write('0003_endless', 'SELECT 1');

    expect(await migrate(database.connection, silent, directory)).toEqual({
      applied: ['0001_ward', '0002_bed', '0003_endless'],
    });
  });

  it('refuses a database that does not hold UTF-8, in one sentence', async () => {
    const name = `latin_${Date.now()}`;
    await query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    const latin = connectTo(database.connection, name);

    await expect(migrate(latin, silent, directory)).rejects.toEqual(
      new MigrationFailure(
        "The encoding of the database is SQL_ASCII. Create a database with ENCODING 'UTF8'.",
      ),
    );
    await query(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  it('refuses a database from before migrations were SQL, and says what to do', async () => {
    await query(
      'CREATE TABLE schema_migration (id serial, name text, batch integer, migration_time timestamptz)',
    );
    await query(
      `INSERT INTO schema_migration (name, batch) VALUES ('0001_server', 1), ('0002_patient_tables', 1)`,
    );

    await expect(migrate(database.connection, silent)).rejects.toEqual(
      new MigrationFailure(
        'The database was made by a development version of Homeward from before 0.1.0, and this version cannot migrate its tables. Start with a new DATA_DIR or a new, empty database, and send the Bundles again.',
      ),
    );
    expect(await query(`SELECT to_regclass('submission') AS submission`)).toEqual([{ submission: null }]);
  });

  it('refuses a database that a later version has migrated', async () => {
    await migrate(database.connection, silent, directory);
    rmSync(join(directory, '0002_bed.sql'));

    await expect(migrate(database.connection, silent, directory)).rejects.toEqual(
      new MigrationFailure(
        'The database was migrated by another version of Homeward, which knows migrations that this one does not (0002_bed): start that version or a later one.',
      ),
    );
  });
});

async function until(claim: () => Promise<boolean>): Promise<void> {
  while (!(await claim())) await new Promise((resolve) => setTimeout(resolve, 25));
}
