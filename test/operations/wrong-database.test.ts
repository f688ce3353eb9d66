/** A tired operator's database: only migrated, not ours to use, read-only, or silent. Each is one sentence and an end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { run } from '../../src/interfaces/cli/commands';
import { exitOf } from '../../src/interfaces/cli/exit-of';
import { readConfig } from '../../src/config';
import { createLogger } from '../../src/platform/logger';
import { migrate } from '../../src/engines/store/migrate';
import { prepare } from '../../src/app/check-settings';
import { administer, createTestDatabase, type TestDatabase } from '../support/database';

let database: TestDatabase;
let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'homeward-wrong-'));
  database = await createTestDatabase({ empty: true });
  env = { DATA_DIR: folder, DATABASE_URL: urlOf(database.connection) };
});
afterEach(async () => {
  jest.restoreAllMocks();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const silent = (): void => undefined;

/** Runs a command. @returns its exit code and what it wrote */
async function commanded(...argv: string[]): Promise<{ code: number; written: string }> {
  let written = '';
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  const code = await run(argv, env).catch((error: unknown) => {
    const { sentence, code: exitCode } = exitOf(error);
    written += sentence;
    return exitCode;
  });
  return { code, written };
}

describe('a database that was only migrated', () => {
  it('verifies, since nothing was ever recorded in it', async () => {
    expect(await commanded('migrate')).toMatchObject({ code: 0 });
    expect(await commanded('ledger', 'verify')).toMatchObject({ code: 0 });
    expect(await commanded('ledger', 'verify')).toMatchObject({ code: 0 });
  });

  it('is not verified by an anchor that cannot be read', async () => {
    await commanded('migrate');
    expect(await commanded('ledger', 'verify', '--anchor', join(folder, 'mistyped.jsonl'))).toMatchObject({
      code: 66,
      written: expect.stringContaining('mistyped.jsonl cannot be read'),
    });
    env.LEDGER_ANCHOR = join(folder, 'gone.jsonl');
    expect((await commanded('ledger', 'verify')).written).toContain('so the ledger was not compared with it');
  });
});

describe('a database that Homeward cannot use', () => {
  it('is named in a sentence where it has tables of others', async () => {
    await administer(database.connection, 'CREATE TABLE submission (id integer)');
    const { code, written } = await commanded('migrate');
    expect(code).toBe(78);
    expect(written).toMatch(/^homeward: the database already has other tables with the same names[^{}]*\n$/);
  });

  it('is named in a sentence where a development version from before 0.1.0 made it', async () => {
    await administer(
      database.connection,
      `CREATE TABLE schema_migration (id serial, name text, batch integer, migration_time timestamptz);
        INSERT INTO schema_migration (name, batch) VALUES ('0001_server', 1), ('0002_patient_tables', 1)`,
    );
    const sentence = /- The database was made by a development version[^{}]*send the Bundles again\.\n$/;
    expect(await commanded('migrate')).toEqual({ code: 78, written: expect.stringMatching(sentence) });
    env.PORT = '0';
    expect(await commanded('serve')).toMatchObject({ code: 78, written: expect.stringMatching(sentence) });
  });

  it('is named in a sentence where the user has no rights on it', async () => {
    const role = `nobody_${Date.now()}`;
    await administer(database.connection, `CREATE ROLE ${role} LOGIN PASSWORD 'none'`);
    await administer(database.connection, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    env.DATABASE_URL = urlOf({ ...database.connection, user: role, password: 'none' });
    try {
      const { code, written } = await commanded('migrate');
      expect({ code, written }).toEqual({
        code: 78,
        written: expect.stringMatching(/^homeward: the database (user is not allowed|refused)[^{}]*\n$/),
      });
    } finally {
      await administer(database.connection, `DROP ROLE ${role}`);
    }
  });

  it('keeps no connection of the migrating that failed, so that the process can end', async () => {
    const options = '-c default_transaction_read_only=on';
    await expect(migrate({ ...database.connection, options }, silent)).rejects.toThrow(
      'does not accept writes',
    );
    await administer(
      database.connection,
      `DO $$ BEGIN FOR i IN 1..50 LOOP
        PERFORM pg_stat_clear_snapshot();
        IF NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'homeward migrate')
          THEN RETURN; END IF;
        PERFORM pg_sleep(0.05);
      END LOOP; RAISE 'a connection was left open'; END $$`,
    );
  });

  it('is away where it takes a connection and says nothing', async () => {
    const server = createServer(silent).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const failure = migrate({ host: '127.0.0.1', port, user: 'u', database: 'd' }, silent).catch(exitOf);
    expect(await failure).toMatchObject({ code: 69 });
    server.close();
  }, 10_000);

  it('is named in a sentence where its address names a certificate that is not there', async () => {
    env.DATABASE_URL = 'postgres://u@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem';
    expect(await commanded('migrate')).toMatchObject({
      code: 78,
      written: expect.stringContaining('/nowhere/ca.pem cannot be read'),
    });
  });

  it('is not used where the file of its certificate authorities is empty', async () => {
    const path = join(folder, 'empty.pem');
    writeFileSync(path, '');
    env.PORT = '0';
    env.DATABASE_URL = `postgres://u@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=${path}`;
    expect(await commanded('serve')).toMatchObject({
      code: 78,
      written: expect.stringContaining('DATABASE_URL: sslrootcert must name a PEM file of certificates'),
    });
  });

  it('is named in a sentence where it does not speak TLS and TLS is asked for', () => {
    const error = new Error('The server does not support SSL connections');
    expect(exitOf(error)).toMatchObject({ code: 78, sentence: expect.stringMatching(/sslmode.*\.\n$/) });
  });
});

it('an address of LEDGER_ANCHOR that is none is refused by the name of the setting', async () => {
  const read = readConfig({ DATA_DIR: folder, LEDGER_ANCHOR: 'https://' });
  if (!read.ok) throw new Error('unexpected');
  await expect(prepare(read.config, createLogger('silent'), {})).rejects.toMatchObject({
    faults: ['LEDGER_ANCHOR must be an https: endpoint or a file.'],
  });
});

/** A server on a socket has its folder as `host`. */
function urlOf({ connectionString, host, port, user, password, database: name }: PoolConfig): string {
  if (connectionString) return connectionString;
  const at = new URL(`postgres://localhost/${name}`);
  at.username = user ?? '';
  at.password = String(password ?? '');
  at.searchParams.set('host', host ?? '');
  at.searchParams.set('port', String(port));
  return at.toString();
}
