/** A database notes who opened it: one of a secured server is never opened as a sandbox. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../src/app';
import { run } from '../../src/interfaces/cli/commands';
import { exitOf } from '../../src/interfaces/cli/exit-of';
import { submitterFor } from '../../src/interfaces/cli/submit-locally';
import { readConfig, type Config } from '../../src/config';
import { createLogger } from '../../src/platform/logger';
import { openDatabase, type Database } from '../../src/platform/postgres';
import { claimDatabase, type Claim, type Claimed } from '../../src/engines/store/database-mode';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { testIssuer } from '../support/test-issuer';

let testDatabase: TestDatabase;
let database: Database;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'homeward-modes-'));
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.connection, {
    maxConnections: 2,
    connectionTimeoutMillis: 5_000,
    statementTimeoutMillis: 5_000,
    onError: () => undefined,
  });
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
  rmSync(folder, { recursive: true, force: true });
});

const claim = (mode: Claim['mode'], more: Partial<Claim> = {}): Promise<Claimed> =>
  claimDatabase(database, { mode, acceptsTestData: true, isKnownSandbox: false, ...more });

/** As a submission would be kept. */
const holdASubmission = async (): Promise<void> => {
  const app = await createApp({
    config: configOf({ NODE_ENV: 'test' }),
    log: createLogger('silent'),
    connection: testDatabase.connection,
  });
  const bytes = Buffer.from('{"resourceType":"Bundle","type":"collection"}');
  await submitterFor(app, 'RR8', 'default')(bytes, 'json');
  await app.stop();
};

const configOf = (env: NodeJS.ProcessEnv): Config => {
  const read = readConfig({ DATA_DIR: folder, PORT: '0', DATABASE_MAX_CONNECTIONS: '3', ...env });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return read.config;
};

describe('a database that a secured server has opened', () => {
  it('is never opened as a sandbox, also after that server has stopped', async () => {
    const { env } = await testIssuer(folder);
    const options = { log: createLogger('silent'), connection: testDatabase.connection };
    await (await createApp({ ...options, config: configOf(env) })).stop();
    const sandbox = createApp({ ...options, config: configOf({}) });
    await expect(sandbox).rejects.toThrow(
      /a secured server has used this database\. A sandbox cannot use it/,
    );
    expect(exitOf(await sandbox.catch((error: unknown) => error)).code).toBe(78);
  });

  it('is closed to a sandbox although it is empty, and although its key is there', async () => {
    await claim('secured');
    expect(await claim('sandbox', { isKnownSandbox: true })).toMatchObject({ ok: false });
  });

  it('is opened by secured servers again', async () => {
    await claim('secured');
    expect(await claim('secured')).toEqual({ ok: true });
  });
});

describe('the database of a sandbox', () => {
  it('is opened by the sandbox again', async () => {
    await claim('sandbox');
    await holdASubmission();
    expect(await claim('sandbox')).toEqual({ ok: true });
  });

  it('is opened by a secured server with a warning where it holds submissions', async () => {
    await claim('sandbox');
    await holdASubmission();
    expect(await claim('secured')).toMatchObject({ ok: true, remark: expect.stringContaining('sandbox') });
    expect(await claim('sandbox')).toMatchObject({ ok: false });
  });

  it('is refused to a live system where it holds submissions', async () => {
    await claim('sandbox');
    await holdASubmission();
    expect(await claim('secured', { acceptsTestData: false })).toMatchObject({ ok: false });
  });

  it('is opened by a live system where it is empty', async () => {
    await claim('sandbox');
    expect(await claim('secured', { acceptsTestData: false })).toEqual({ ok: true, takenOver: true });
    expect(await claim('secured', { acceptsTestData: false })).toEqual({ ok: true });
  });
});

describe('a sandbox that is running when a secured server opens its database', () => {
  const running: App[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.stop();
  });

  it('answers nothing from it any more by the time that the other serves, and writes nothing', async () => {
    const log = createLogger('silent');
    const said = jest.spyOn(log, 'error');
    const start = async (env: NodeJS.ProcessEnv): Promise<App> => {
      const app = await createApp({ log, connection: testDatabase.connection, config: configOf(env) });
      running.push(app);
      return app;
    };
    const sandbox = await start({ NODE_ENV: 'test' });
    const { url } = await sandbox.listen();
    const token = sandbox.sandbox!.token({ scope: 'system/*.rs', ods: 'RR8', ttlSeconds: 600 });
    const ask = (path: string): Promise<Response> =>
      fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect((await ask('/FHIR/R4/Patient')).status).toBe(200);

    await start((await testIssuer(folder)).env);
    for (const path of ['/FHIR/R4/Patient', '/FHIR/R4/metadata', '/', '/submissions']) {
      const refused = await ask(path);
      expect([path, refused.status, await refused.text()]).toEqual([
        path,
        503,
        expect.stringContaining('a secured server has opened its database since'),
      ]);
    }
    expect([(await ask('/_ping')).status, (await ask('/_status')).status]).toEqual([200, 503]);
    const bytes = Buffer.from('{"resourceType":"Bundle","type":"collection"}');
    await expect(submitterFor(sandbox, 'RR8', 'default')(bytes, 'json')).rejects.toThrow(
      /answers nothing from it/,
    );
    expect(said).toHaveBeenCalledTimes(1);
  });
});

describe('a database of before the mark, with submissions', () => {
  beforeEach(async () => {
    await holdASubmission();
    await database.query({ text: 'DELETE FROM database_mode' });
  });

  it('is no sandbox’s where nothing says so', async () => {
    expect(await claim('sandbox')).toMatchObject({ ok: false });
  });

  it('is a sandbox’s where the sandbox’s key is there', async () => {
    expect(await claim('sandbox', { isKnownSandbox: true })).toEqual({ ok: true });
  });
});

describe('commands of a secured server', () => {
  const secured = async (...argv: string[]): Promise<{ code: number; said: string }> => {
    const { env } = await testIssuer(folder);
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const code = await run(argv, { DATA_DIR: folder, DATABASE_URL: 'postgres://127.0.0.1:1/h', ...env });
      return { code, said: said.mock.calls.join('') };
    } finally {
      said.mockRestore();
    }
  };

  it.each([
    ['demo loads no synthetic stays', ['demo', '--stays', '1'], 78, /accepts only the database of a sandbox/],
    ['token makes none', ['token'], 78, /the token command works only for a sandbox/],
    ['ingest asks for the organisation', ['ingest', 'examples/summary.json'], 64, /--ods CODE/],
  ])('%s', async (_name, argv, code, said) => {
    expect(await secured(...argv)).toEqual({ code, said: expect.stringMatching(said) });
  });
});

describe('homeward token', () => {
  it('where no sandbox is says so with 78, and makes neither key nor folder', async () => {
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const dataDir = join(folder, 'elsewhere');
    const code = await run(['token'], { DATA_DIR: dataDir }).finally(() => said.mockRestore());
    expect(code).toBe(78);
    expect(readdirSync(folder)).not.toContain('elsewhere');
  });
});

describe('before the database is made', () => {
  const failureOf = async (env: NodeJS.ProcessEnv): Promise<{ code: number; sentence: string }> =>
    run(['serve'], { DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent', ...env }).then(
      (code) => ({ code, sentence: '' }),
      (error: unknown) => exitOf(error),
    );

  it('a port that is taken is told, with 69', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, sentence } = await failureOf({ PORT: String(port) });
    other.close();
    expect([code, sentence]).toEqual([69, expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('faults within files are told, all of them, with 78', async () => {
    writeFileSync(join(folder, 'clients.json'), '{}');
    writeFileSync(join(folder, 'policy.json'), '{"reading":{"default":"all"}}');
    writeFileSync(join(folder, 'jwks.json'), '{"keys":[]}');
    const { code, sentence } = await failureOf({
      AUTH_ISSUER: 'https://issuer.example',
      AUTH_AUDIENCE: 'homeward',
      AUTH_JWKS_URI: `file:${join(folder, 'jwks.json')}`,
      CLIENTS_FILE: join(folder, 'clients.json'),
      POLICY_FILE: join(folder, 'policy.json'),
    });
    expect(code).toBe(78);
    for (const name of ['AUTH_JWKS_URI', 'CLIENTS_FILE', 'POLICY_FILE']) expect(sentence).toContain(name);
    expect(readdirSync(folder)).not.toContain('data');
  });
});
