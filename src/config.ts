/**
 * Reads the environment once into one typed object, and reports all faults at once. The table below is the only place
 * that defines variables: the reader, the type and `docs/configuration.md` are made from it.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { isForSecuredServers, modeOf, type Mode } from './config/mode';
import { readDatabaseAddress } from './platform/database-address';
import {
  checked,
  choice,
  exactChoice,
  file,
  list,
  mapped,
  text,
  url,
  whole,
  type Read,
  type Variable,
} from './config/variable';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
/** The memory that Node.js gives to JavaScript on this machine, in bytes. */
const HEAP_LIMIT = getHeapStatistics().heap_size_limit;

const table = {
  host: text('HOST', {
    unlessSet: '127.0.0.1',
    meaning: 'The address to listen on. With any address other than loopback, the server is secured.',
  }),
  port: whole('PORT', {
    unlessSet: 8080,
    from: 0,
    to: 65_535,
    meaning: 'The port to listen on. 0 chooses a free port.',
  }),
  baseUrl: mapped(
    url('BASE_URL', ['https:', 'http:'], {
      shown: 'the server’s own address',
      meaning:
        'The public origin used in links, such as `https://homeward.example.nhs.uk`. The `Host` header is never trusted.',
    }),
    (given) => given?.replace(/\/+$/, ''),
  ),
  databaseUrl: checked(
    text('DATABASE_URL', {
      shown: 'an embedded PostgreSQL',
      meaning:
        'A PostgreSQL 14 or later, such as `postgres://homeward:secret@db/homeward`. Separate several servers with commas (`postgres://db1,db2:5433/homeward`): Homeward uses the first that accepts writes.',
    }),
    'a URL: `postgres://` or `postgresql://`',
    (given) => {
      const read = given === undefined ? undefined : readDatabaseAddress(given);
      return read?.ok === false ? read.fault : undefined;
    },
  ),
  requireSynchronous: choice('REQUIRE_SYNCHRONOUS', ['true', 'false'], {
    unlessSet: 'false',
    meaning:
      'With `true`, submissions get 503 while PostgreSQL has no synchronous standby, which writes each commit to its disk before the server answers. Reads continue.',
  }),
  dataDir: mapped(
    text('DATA_DIR', {
      unlessSet: '.homeward',
      meaning: 'The folder for the embedded PostgreSQL and the sandbox’s signing key.',
    }),
    (given) => resolve(given),
  ),
  nodeEnv: exactChoice('NODE_ENV', ['production', 'development', 'test'], {
    meaning:
      'With `production`, the server starts only if the database, the issuer, the audience and a source of keys are set. The value must be exact, without spaces and in lower case.',
  }),
  sandbox: choice('SANDBOX', ['on', 'off'], {
    meaning:
      '`on` allows a sandbox on an address that is not loopback, for a container with test data. `off` prevents a sandbox.',
  }),
  authIssuer: text('AUTH_ISSUER', { meaning: 'The `iss` of accepted tokens.' }),
  authAudience: text('AUTH_AUDIENCE', { meaning: 'The `aud` of accepted tokens.' }),
  authJwksUri: url('AUTH_JWKS_URI', ['https:', 'http:', 'file:'], {
    meaning: 'Where the issuer’s public keys are.',
  }),
  maxTokenLifetimeHours: whole('MAX_TOKEN_LIFETIME_HOURS', {
    unlessSet: 24,
    from: 1,
    to: 8_760,
    meaning:
      'The longest lifetime of a token of `AUTH_ISSUER`, from its `iat` (or from now if it has none) to its `exp`. The server refuses a token with a longer lifetime.',
  }),
  clientsFile: file('CLIENTS_FILE', {
    meaning:
      'A JSON array of the clients that the token endpoint knows: `clientId`, `name`, `odsCode`, `scope`, `jwks` or `jwksUri`.',
  }),
  policyFile: file('POLICY_FILE', {
    meaning: 'Organisation rules: who may submit for which custodians, and read which patients’ data.',
  }),
  oidcIssuer: url('OIDC_ISSUER', ['https:', 'http:'], {
    meaning: 'The OpenID provider that people sign in with. Reserved for the pages under `/console/`.',
  }),
  oidcClientId: text('OIDC_CLIENT_ID', { meaning: 'The client id of this server at `OIDC_ISSUER`.' }),
  oidcClientSecretFile: file('OIDC_CLIENT_SECRET_FILE', {
    meaning: 'The file with the client secret of this server at `OIDC_ISSUER`.',
  }),
  oidcRoleClaim: text('OIDC_ROLE_CLAIM', {
    unlessSet: 'roles',
    meaning: 'The claim that has a person’s roles.',
  }),
  oidcOdsClaim: text('OIDC_ODS_CLAIM', {
    unlessSet: 'ods_code',
    meaning: 'The claim that has a person’s organisation.',
  }),
  signingKeyPassphrase: text('SIGNING_KEY_PASSPHRASE', {
    meaning:
      'Encrypts, in the database, the key that signs the token endpoint’s tokens. Use the same value on every node. Without it, the key is stored unencrypted.',
  }),
  maxBodyBytes: whole('MAX_BODY_BYTES', {
    unlessSet: 32 * MIB,
    from: KIB,
    to: 512 * MIB,
    meaning: 'The largest body, before and after decompression (32 MiB).',
  }),
  maxBodyBytesInFlight: whole('MAX_BODY_BYTES_IN_FLIGHT', {
    unlessSet: Math.min(512 * MIB, HEAP_LIMIT),
    shown: '536870912, or less with little memory',
    from: KIB,
    to: 64 * GIB,
    meaning:
      'The most bytes of request bodies in progress in this process, counted from their first byte. Above it, senders get 503. The default is 512 MiB, or the memory that Node.js gives to JavaScript (`--max-old-space-size`) if that is less. The same limit applies to large answers that wait for the client to read them. Above it, the server drops the answers that have waited longest.',
  }),
  maxAnswerBytes: whole('MAX_ANSWER_BYTES', {
    unlessSet: Math.min(64 * MIB, Math.floor(HEAP_LIMIT / 32)),
    shown: '67108864, or less with little memory',
    from: KIB,
    to: 256 * MIB,
    meaning:
      'The largest answer, before compression. Searches, histories, `$everything` and `/submissions` end the page early. Other requests get 403. A Binary read by itself has no limit. The default is 64 MiB, or 1/32 of the memory that Node.js gives to JavaScript (`--max-old-space-size`) if that is less.',
  }),
  maxUploadsPerClient: whole('MAX_UPLOADS_PER_CLIENT', {
    unlessSet: 0,
    from: 0,
    to: 10_000,
    meaning:
      'The most submissions that one client may have in progress at once. Above it, the answer is 429. 0 means no limit.',
  }),
  rateLimitPerMinute: whole('RATE_LIMIT_PER_MINUTE', {
    unlessSet: 0,
    from: 0,
    to: 10_000_000,
    meaning:
      'The most requests that one client may make in a minute. Above it, the answer is 429. 0 means no limit.',
  }),
  strangersRecordedPerMinute: whole('STRANGERS_RECORDED_PER_MINUTE', {
    unlessSet: 600,
    from: 1,
    to: 1_000_000,
    meaning:
      'The most audit records of requests without a valid token, for one address (or one /64 network), in a minute and in each process. The limit for all addresses together is five times as high. Requests above the limit are counted, and one record gives their number.',
  }),
  handling: choice('HANDLING', ['default', 'strict'], {
    unlessSet: 'default',
    meaning: '`strict` turns every repair into an error, for every sender.',
  }),
  testRangeNhsNumbers: choice('NHS_NUMBER_TEST_RANGE', ['accept', 'refuse'], {
    unlessSet: 'accept',
    meaning:
      'For live systems, `refuse` rejects NHS numbers of the test range (999…) and the database of a sandbox.',
  }),
  fhirPackages: list('FHIR_PACKAGES', {
    meaning:
      'Paths of FHIR packages (`.tgz` files or folders), whose profiles are applied to resources that claim them.',
  }),
  logLevel: choice('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    unlessSet: 'info',
    meaning: 'The lowest level of messages to log.',
  }),
  maxConnections: whole('DATABASE_MAX_CONNECTIONS', {
    unlessSet: 20,
    from: 2,
    to: 500,
    meaning:
      'The most connections that this process keeps to PostgreSQL. One of them is reserved for the audit trail.',
  }),
  connectionTimeoutMillis: whole('DATABASE_CONNECTION_TIMEOUT_MS', {
    unlessSet: 5_000,
    from: 10,
    to: 600_000,
    meaning: 'How long a request waits for a free connection before it gets 503.',
  }),
  statementTimeoutMillis: whole('STATEMENT_TIMEOUT_MS', {
    unlessSet: 15_000,
    from: 100,
    to: 600_000,
    meaning: 'The longest time that one statement may run.',
  }),
  requestTimeoutSeconds: whole('REQUEST_TIMEOUT_SECONDS', {
    unlessSet: 60,
    from: 1,
    to: 3600,
    meaning:
      'The longest time that a caller may take to send the head of a request, and the longest pause while it sends the body. A caller may take five times as long to read a large answer.',
  }),
  minUploadBytesPerSecond: whole('MIN_UPLOAD_BYTES_PER_SECOND', {
    unlessSet: 10_240,
    from: 0,
    to: GIB,
    meaning:
      'The lowest speed of a request body, measured over any 30 seconds. A slower body gets 408. The total time has no limit. 0 means no limit.',
  }),
  trustedProxies: list('TRUSTED_PROXIES', {
    isRight: isAddressOrRange,
    must: 'addresses or ranges such as 10.0.0.0/8',
    meaning: 'Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is trusted.',
  }),
  corsOrigins: list('CORS_ORIGINS', {
    isRight: (item) => URL.canParse(item) && new URL(item).origin === item,
    must: 'origins such as https://ward.example.nhs.uk, without a path',
    meaning: 'Origins that browsers may call from. If not set, CORS is off.',
  }),
  tlsCertFile: file('TLS_CERT_FILE', {
    meaning: 'The certificate chain (PEM). If set, the server uses HTTPS. It reads a changed file again.',
  }),
  tlsKeyFile: file('TLS_KEY_FILE', { meaning: 'The certificate’s private key (PEM).' }),
  tlsClientCaFile: file('TLS_CLIENT_CA_FILE', {
    meaning:
      'The certificate authorities (PEM) for client certificates. If set, the server requires mutual TLS.',
  }),
  ledgerAnchor: text('LEDGER_ANCHOR', {
    meaning: 'A file or an `https:` address to which the server sends each signed head of the ledger.',
  }),
};

type Table = typeof table;
type ValueOf<V> = V extends Variable<infer T> ? T : never;

/** Each variable's value, by the name that the code has for it. */
export type Settings = { readonly [K in keyof Table]: ValueOf<Table[K]> };

export interface Config extends Settings {
  readonly mode: Mode;
}

/** For the documentation. */
export const variables: readonly Variable<unknown>[] = Object.values(table);

export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: string[] };

/** Reads the environment. Every fault is a sentence that names its variable. */
export function readConfig(env: NodeJS.ProcessEnv): ConfigResult {
  const { settings, faults } = readSettings(env);
  faults.push(...unknownNames(env), ...missingPartners(settings));
  const named = Object.keys(env).filter((name) => isForSecuredServers(name) && isSet(env[name]));
  const { mode, faults: lacking } = modeOf(settings, named);
  faults.push(...lacking);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config: { ...settings, mode } };
}

/** The variables that need no server: no mode is decided. An invalid one gets its default. */
export function readSettings(env: NodeJS.ProcessEnv): { settings: Settings; faults: string[] } {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries<Variable<unknown>>(table)) {
    const given = env[variable.name];
    const read: Read<unknown> = isBlank(given)
      ? { ok: false, fault: `${variable.name} contains only spaces. Give it a value, or leave it empty.` }
      : variable.read(given);
    const held = read.ok ? read : variable.read(undefined);
    if (!read.ok) faults.push(read.fault);
    if (held.ok) values[key] = held.value;
  }
  return { settings: values as Settings, faults };
}

/** Files that the settings name and that cannot be read. This is checked before anything is started. */
export function unreadableFiles(env: NodeJS.ProcessEnv): string[] {
  return variables.flatMap(({ name, isFile }) => {
    const path = env[name]?.trim();
    if (isFile !== true || path === undefined || path === '') return [];
    try {
      accessSync(path, constants.R_OK);
      return statSync(path).isFile() ? [] : [`${name} must name a file. ${path} is not a file.`];
    } catch (error) {
      return [
        `${name} must name a file that the server can read. It cannot read ${path} (${codeOf(error)}).`,
      ];
    }
  });
}

/** A misspelt name of one of these must not be ignored: the server would be less protected than intended. */
function unknownNames(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(variables.map(({ name }) => name));
  return Object.keys(env)
    .filter((name) => /^(AUTH|OIDC)_/.test(name) && !known.has(name) && isSet(env[name]))
    .map((name) => `${name} is not a variable of Homeward: correct its name, or remove it.`);
}

function missingPartners(settings: Settings): string[] {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, oidcIssuer, oidcClientId } = settings;
  const faults: string[] = [];
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined))
    faults.push('TLS_CERT_FILE and TLS_KEY_FILE must be set together.');
  if (tlsClientCaFile !== undefined && tlsCertFile === undefined)
    faults.push('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE.');
  if ((oidcIssuer === undefined) !== (oidcClientId === undefined))
    faults.push('OIDC_ISSUER and OIDC_CLIENT_ID must be set together.');
  return faults;
}

const isSet = (given: string | undefined): boolean => given !== undefined && given !== '';

/**
 * A value of spaces only, as in a template that was not filled in. It is a fault, unlike an empty value, which means
 * the default.
 */
const isBlank = (given: string | undefined): boolean => isSet(given) && given?.trim() === '';

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

function isAddressOrRange(given: string): boolean {
  const [address = '', bits, ...more] = given.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
