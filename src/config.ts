/**
 * The environment, read once, into one typed object: every variable with its meaning, every fault reported at once.
 * `docs/configuration.md` is generated from the table below.
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';

export type Mode = 'sandbox' | 'production' | 'secured';

export interface Config {
  mode: Mode;
  host: string;
  port: number;
  /** The public origin used in links; undefined until the server knows the port it listens on. */
  baseUrl: string | undefined;
  databaseUrl: string | undefined;
  dataDir: string;
  auth: { issuer: string | undefined; audience: string | undefined; jwksUri: string | undefined };
  clientsFile: string | undefined;
  policyFile: string | undefined;
  signingKeyPassphrase: string | undefined;
  maxBodyBytes: number;
  maxBodyBytesInFlight: number;
  maxUploadsPerClient: number;
  rateLimitPerMinute: number;
  handling: 'default' | 'strict';
  testRangeNhsNumbers: 'accept' | 'refuse';
  fhirPackages: readonly string[];
  logLevel: string;
  maxConnections: number;
  connectionTimeoutMillis: number;
  statementTimeoutMillis: number;
  requestTimeoutSeconds: number;
  trustedProxies: readonly string[];
  corsOrigins: readonly string[];
  tls: { certFile: string | undefined; keyFile: string | undefined; clientCaFile: string | undefined };
  ledgerAnchor: string | undefined;
}

/** One environment variable, as the documentation and the reader below see it. */
interface Variable {
  name: string;
  /** Shown in the documentation; the value itself is given by `read`. */
  default: string;
  description: string;
}

export const variables: readonly Variable[] = [
  { name: 'HOST', default: '127.0.0.1', description: 'The address to listen on.' },
  { name: 'PORT', default: '8080', description: 'The port to listen on; 0 takes a free one.' },
  {
    name: 'BASE_URL',
    default: 'the server’s own address',
    description:
      'The public origin used in links, such as `https://homeward.example.nhs.uk`. The `Host` header is never trusted.',
  },
  {
    name: 'DATABASE_URL',
    default: 'an embedded PostgreSQL',
    description: 'A PostgreSQL 14 or later, such as `postgres://homeward:secret@db/homeward`.',
  },
  {
    name: 'DATA_DIR',
    default: '.homeward',
    description: 'Where the embedded PostgreSQL and the sandbox’s signing key lie.',
  },
  {
    name: 'NODE_ENV',
    default: '',
    description:
      '`production` refuses to start unless the database, the issuer, the audience and a source of keys are set.',
  },
  { name: 'AUTH_ISSUER', default: '', description: 'The `iss` of accepted tokens.' },
  { name: 'AUTH_AUDIENCE', default: '', description: 'The `aud` of accepted tokens.' },
  {
    name: 'AUTH_JWKS_URI',
    default: '',
    description: 'Where the issuer’s public keys are: `https:`, `http:` or `file:`.',
  },
  {
    name: 'CLIENTS_FILE',
    default: '',
    description:
      'A JSON array of the clients that the token endpoint knows: `clientId`, `name`, `odsCode`, `scope`, `jwks` or `jwksUri`.',
  },
  {
    name: 'POLICY_FILE',
    default: '',
    description: 'Organisation rules: who may submit for which custodians, and read which patients’ data.',
  },
  {
    name: 'SIGNING_KEY_PASSPHRASE',
    default: '',
    description:
      'Encrypts, in the database, the key that signs the token endpoint’s tokens. The same for every node; without it the key lies there in the clear.',
  },
  {
    name: 'MAX_BODY_BYTES',
    default: '33554432',
    description: 'The largest body, counted after decompression too (32 MiB).',
  },
  {
    name: 'MAX_BODY_BYTES_IN_FLIGHT',
    default: '536870912',
    description:
      'The bytes of all bodies being received at one time in this process; beyond it senders get 503 (512 MiB). As many of large answers may wait to be taken; beyond it those that have waited longest are given up.',
  },
  {
    name: 'MAX_UPLOADS_PER_CLIENT',
    default: '0',
    description: 'Submissions that one client may have under way at once; beyond it 429. 0: no limit.',
  },
  {
    name: 'RATE_LIMIT_PER_MINUTE',
    default: '0',
    description: 'Requests that one client may make in a minute; beyond it 429. 0: no limit.',
  },
  {
    name: 'HANDLING',
    default: 'default',
    description: '`strict` turns every repair into an error, for every sender.',
  },
  {
    name: 'NHS_NUMBER_TEST_RANGE',
    default: 'accept',
    description: '`refuse` turns away NHS numbers of the test range (999…): for live systems.',
  },
  {
    name: 'FHIR_PACKAGES',
    default: '',
    description:
      'Paths of FHIR packages (`.tgz` files or folders), separated by commas, whose profiles are applied to resources that claim them.',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    description: '`fatal`, `error`, `warn`, `info`, `debug` or `silent`.',
  },
  {
    name: 'DATABASE_MAX_CONNECTIONS',
    default: '20',
    description:
      'Connections that this process keeps to PostgreSQL at most; one of them is the audit trail’s own.',
  },
  {
    name: 'DATABASE_CONNECTION_TIMEOUT_MS',
    default: '5000',
    description: 'How long a request waits for a free connection before it gets 503.',
  },
  { name: 'STATEMENT_TIMEOUT_MS', default: '15000', description: 'The longest that one statement may run.' },
  {
    name: 'REQUEST_TIMEOUT_SECONDS',
    default: '60',
    description:
      'The longest that a caller may take to send one request. It may take five times as long to take a large answer.',
  },
  {
    name: 'TRUSTED_PROXIES',
    default: '',
    description: 'Addresses or CIDR ranges, separated by commas, whose `X-Forwarded-For` is believed.',
  },
  {
    name: 'CORS_ORIGINS',
    default: '',
    description: 'Origins, separated by commas, that browsers may call from. None: CORS is closed.',
  },
  {
    name: 'TLS_CERT_FILE',
    default: '',
    description: 'The certificate chain (PEM): the server then speaks HTTPS. Read again when it changes.',
  },
  { name: 'TLS_KEY_FILE', default: '', description: 'The certificate’s private key (PEM).' },
  {
    name: 'TLS_CLIENT_CA_FILE',
    default: '',
    description: 'The authorities (PEM) of client certificates: mutual TLS is then required.',
  },
  {
    name: 'LEDGER_ANCHOR',
    default: '',
    description: 'A file, or an `https:` endpoint, that is given each signed head of the ledger.',
  },
];

export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: string[] };

/** Reads the environment. Every fault is a sentence that names its variable. */
export function readConfig(env: NodeJS.ProcessEnv): ConfigResult {
  const faults: string[] = [];
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const list = (name: string): string[] =>
    (text(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  const whole = (name: string, byDefault: number, min: number, max: number): number => {
    const value = text(name);
    if (value === undefined) return byDefault;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    faults.push(`${name} must be a whole number from ${min} to ${max}.`);
    return byDefault;
  };
  const oneOf = <T extends string>(name: string, byDefault: T, ...others: T[]): T => {
    const value = text(name);
    const known = [byDefault, ...others].find((each) => each === value);
    if (value !== undefined && known === undefined)
      faults.push(`${name} must be one of: ${[byDefault, ...others].join(', ')}.`);
    return known ?? byDefault;
  };
  const url = (name: string, ...schemes: string[]): string | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol)) {
      faults.push(
        `${name} must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}.`,
      );
    }
    return value;
  };

  const auth = {
    issuer: text('AUTH_ISSUER'),
    audience: text('AUTH_AUDIENCE'),
    jwksUri: url('AUTH_JWKS_URI', 'https:', 'http:', 'file:'),
  };
  const clientsFile = text('CLIENTS_FILE');
  const production = env.NODE_ENV === 'production';
  const secured = [auth.issuer, auth.audience, auth.jwksUri].some((value) => value !== undefined);
  const databaseUrl = url('DATABASE_URL', 'postgres:', 'postgresql:');
  if (production) {
    if (databaseUrl === undefined)
      faults.push(
        'DATABASE_URL must be set in production: the embedded PostgreSQL is for trying things out.',
      );
  }
  if (production || secured) {
    const where = production ? 'in production' : 'as soon as one AUTH_ variable is';
    if (auth.issuer === undefined)
      faults.push(`AUTH_ISSUER must be set ${where}: the issuer of the tokens to accept.`);
    if (auth.audience === undefined)
      faults.push(`AUTH_AUDIENCE must be set ${where}: the audience that the tokens name.`);
    if (auth.jwksUri === undefined && clientsFile === undefined) {
      faults.push(
        `AUTH_JWKS_URI or CLIENTS_FILE must be set ${where}: where the public keys of callers are.`,
      );
    }
  }
  const baseUrl = url('BASE_URL', 'https:', 'http:')?.replace(/\/+$/, '');
  const tls = {
    certFile: text('TLS_CERT_FILE'),
    keyFile: text('TLS_KEY_FILE'),
    clientCaFile: text('TLS_CLIENT_CA_FILE'),
  };
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    faults.push('TLS_CERT_FILE and TLS_KEY_FILE must be set together.');
  }
  const trustedProxies = list('TRUSTED_PROXIES');
  for (const each of trustedProxies) {
    if (!isAddressOrRange(each))
      faults.push(`TRUSTED_PROXIES must list addresses or ranges such as 10.0.0.0/8.`);
  }
  const corsOrigins = list('CORS_ORIGINS');
  for (const each of corsOrigins) {
    if (!URL.canParse(each) || new URL(each).origin !== each)
      faults.push('CORS_ORIGINS must list origins such as https://ward.example.nhs.uk, without a path.');
  }
  if (tls.clientCaFile !== undefined && tls.certFile === undefined) {
    faults.push('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE.');
  }

  const config: Config = {
    mode: production ? 'production' : secured ? 'secured' : 'sandbox',
    host: text('HOST') ?? '127.0.0.1',
    port: whole('PORT', 8080, 0, 65535),
    baseUrl,
    databaseUrl,
    dataDir: resolve(text('DATA_DIR') ?? '.homeward'),
    auth,
    clientsFile,
    policyFile: text('POLICY_FILE'),
    signingKeyPassphrase: text('SIGNING_KEY_PASSPHRASE'),
    maxBodyBytes: whole('MAX_BODY_BYTES', 32 * 1024 * 1024, 1024, 512 * 1024 * 1024),
    maxBodyBytesInFlight: whole('MAX_BODY_BYTES_IN_FLIGHT', 512 * 1024 * 1024, 1024, 64 * 1024 ** 3),
    maxUploadsPerClient: whole('MAX_UPLOADS_PER_CLIENT', 0, 0, 10_000),
    rateLimitPerMinute: whole('RATE_LIMIT_PER_MINUTE', 0, 0, 10_000_000),
    handling: oneOf('HANDLING', 'default', 'strict'),
    testRangeNhsNumbers: oneOf('NHS_NUMBER_TEST_RANGE', 'accept', 'refuse'),
    fhirPackages: list('FHIR_PACKAGES'),
    logLevel: oneOf('LOG_LEVEL', 'info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'),
    maxConnections: whole('DATABASE_MAX_CONNECTIONS', 20, 2, 500),
    connectionTimeoutMillis: whole('DATABASE_CONNECTION_TIMEOUT_MS', 5_000, 10, 600_000),
    statementTimeoutMillis: whole('STATEMENT_TIMEOUT_MS', 15_000, 100, 600_000),
    requestTimeoutSeconds: whole('REQUEST_TIMEOUT_SECONDS', 60, 1, 3600),
    trustedProxies,
    corsOrigins,
    tls,
    ledgerAnchor: text('LEDGER_ANCHOR'),
  };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config };
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
