/**
 * A whole server for one test file: the real app on a database of its own, listening on loopback, with tokens of its
 * sandbox. `client` speaks to it as a caller would.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/engines/access/sandbox';
import { createApp, type App } from '../../src/app';
import { readConfig } from '../../src/config';
import { createLogger, type Logger } from '../../src/platform/logger';
import type { PoolConfig } from 'pg';
import { createTestDatabase } from './database';
import { needsAnIssuer, testIssuer } from './test-issuer';

export interface Homeward {
  app: App;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** The address of `/metrics` where it has a port of its own. */
  metricsUrl: string | undefined;
  fhir: string;
  token(scope?: string, ods?: string): string;
  /** A token with claims of the test's choice, of a sandbox or of a server with a policy or clients. */
  sign: Sandbox['token'];
  /** A request with a token (the all-round one unless given); the body is sent as FHIR JSON unless a type is given. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Its database and its folder, where another server may be started. */
  place: Place;
  /** Stops the server, and leaves its place for another. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface Place {
  connection: PoolConfig;
  dataDir: string;
}

export interface CallOptions {
  token?: string | null;
  body?: Buffer | string | object;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Buffer;
  /** The body as JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what comes back, whatever it is
  json: any;
}

export const everything = 'system/Bundle.crs system/*.rs system/AuditEvent.crs';

/** A server on what another one has left, which removes it; perhaps of other code. */
export interface StartedOn {
  on?: Place;
  create?: typeof createApp;
}

export async function startHomeward(
  env: NodeJS.ProcessEnv = {},
  log: Logger = createLogger('silent'),
  now?: () => Date,
  { on, create = createApp }: StartedOn = {},
): Promise<Homeward> {
  const database = on ? undefined : await createTestDatabase();
  const dataDir = on?.dataDir ?? mkdtempSync(join(tmpdir(), 'homeward-test-'));
  const connection = on?.connection ?? database!.connection;
  // A server with a policy or with clients is no sandbox: then an identity provider of the tests makes the tokens.
  const issuer = needsAnIssuer(env) ? await testIssuer(dataDir) : undefined;
  const usualEnv = { PORT: '0', DATA_DIR: dataDir, DATABASE_MAX_CONNECTIONS: '8', ...issuer?.env };
  const read = readConfig({ ...usualEnv, ...env });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const app = await create({
    config: read.config,
    log,
    connection,
    ...(now ? { now } : {}),
  });
  const { url, metricsUrl } = await app.listen();
  const tokens = app.sandbox ?? issuer;
  const token = (scope = everything, ods = 'RR8'): string =>
    tokens!.token({ scope, ods, ttlSeconds: 3600, sub: `test-${ods}` });
  // With an identity provider of the test's own there is neither, and each test brings its own token.
  const usual = tokens ? token() : '';
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= app.stop());
  return {
    app,
    url,
    metricsUrl,
    fhir: `${url}/FHIR/R4`,
    token,
    sign: (request) => tokens!.token(request),
    call: (method, path, options = {}) =>
      call(path.startsWith('http') ? path : `${url}${path}`, method, usual, options),
    place: { connection, dataDir },
    stop,
    close: async () => {
      await stop();
      if (!database) return;
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function call(
  url: string,
  method: string,
  usual: string,
  { token = usual, body, headers = {} }: CallOptions,
): Promise<Reply> {
  const bytes =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(bytes === undefined ? {} : { 'Content-Type': 'application/fhir+json' }),
      ...headers,
    },
    ...(bytes === undefined ? {} : { body: bytes }),
  });
  const received = Buffer.from(await response.arrayBuffer());
  let json: unknown;
  try {
    json = JSON.parse(received.toString('utf8'));
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, bytes: received, json };
}
