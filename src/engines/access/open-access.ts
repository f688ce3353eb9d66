/**
 * Opens access control from the configuration: the trusted issuers, the clients, the token endpoint, the site's policy.
 * @see docs/access.md
 */
import type { ScopeRules } from '../../definitions/scope-rules';
import type { Config } from '../../config';
import type { Logger } from '../../platform/logger';
import type { Database } from '../../platform/postgres';
import { createAssertionReplay } from './assertion-replay';
import { noClients, openClients, type Clients } from './clients';
import { openKeySource, type KeySource } from './keys';
import { createPolicy, OPEN_RULES, type Policy, type PolicyRules } from './policy';
import { openPolicyFile } from './policy-file';
import { openSandbox, type Sandbox } from './sandbox';
import type { OnRead } from '../../platform/seen-file';
import { openSigningKeys } from './signing-keys';
import { sitePolicy } from './site-policy';
import type { TokenEndpointDependencies } from './token-endpoint';
import { createTokenVerifier, type TokenVerifier, type TrustedIssuer } from './verify-token';

export interface Access {
  sandbox: Sandbox | undefined;
  policy: Policy;
  /**
   * Waits until the policy is no older than its maximum age. Whoever asks the policy for a caller without a token waits
   * first: a person with a session, or the sender of a message.
   */
  settlePolicy: () => Promise<void>;
  /** The ODS codes in the files of clients and policy of those that may send. */
  knownSenders: () => string[];
  verify: TokenVerifier['verify'];
  tokenEndpoint: (baseUrl: string) => TokenEndpointDependencies;
}

/** The contents of the access files, read before the database is opened. */
export interface AccessFiles {
  clients: Clients;
  rules: Rules;
  /** The keys of the configured issuer. */
  issuerKeys: KeySource | undefined;
}

interface Rules {
  current: () => PolicyRules;
  /** Waits until they are not older than their maximum age. */
  settle: () => Promise<void>;
}

export interface Watching {
  onProblem: (text: string) => void;
  onRead: OnRead;
}

type Faulty = { ok: false; faults: readonly string[] };

/**
 * Reads and checks CLIENTS_FILE, POLICY_FILE and, if it is a file, AUTH_JWKS_URI. Reports every fault of all of them.
 */
export async function readAccessFiles(
  { clientsFile, policyFile, authJwksUri }: Config,
  watching: Watching,
): Promise<{ ok: true; files: AccessFiles } | Faulty> {
  const options = { ...watching, now: Date.now };
  const clients =
    clientsFile === undefined
      ? { ok: true as const, clients: noClients }
      : await openClients({ path: clientsFile, ...options });
  const rules = await rulesOf(policyFile, options);
  const keys = await issuerKeysOf(authJwksUri, options);
  if (clients.ok && rules.ok && keys.ok)
    return { ok: true, files: { clients: clients.clients, rules: rules.rules, issuerKeys: keys.keys } };
  return { ok: false, faults: [clients, rules, keys].flatMap((each) => (each.ok ? [] : each.faults)) };
}

async function rulesOf(
  path: string | undefined,
  options: Watching & { now: () => number },
): Promise<{ ok: true; rules: Rules } | Faulty> {
  if (path === undefined)
    return { ok: true, rules: { current: () => OPEN_RULES, settle: () => Promise.resolve() } };
  const opened = await openPolicyFile({ path, ...options });
  return opened.ok ? { ok: true, rules: opened.file } : opened;
}

/** A file is read at once and must contain a key. Another address may be unavailable when the server starts. */
async function issuerKeysOf(
  uri: string | undefined,
  options: Watching & { now: () => number },
): Promise<{ ok: true; keys: KeySource | undefined } | Faulty> {
  if (uri === undefined) return { ok: true, keys: undefined };
  const problems: string[] = [];
  let isOpening = true;
  const onProblem = (text: string): void => {
    if (isOpening) problems.push(text);
    else options.onProblem(text);
  };
  const keys = openKeySource(uri, { ...options, name: 'AUTH_JWKS_URI', onProblem });
  if (uri.startsWith('file:')) await keys.settle();
  isOpening = false;
  if (uri.startsWith('file:') && !keys.isReady()) return { ok: false, faults: problems };
  for (const problem of problems) options.onProblem(problem);
  return { ok: true, keys };
}

export interface AccessOptions {
  config: Config;
  files: AccessFiles;
  database: Database;
  log: Logger;
  /** The server's own origin: known once it listens. */
  origin: () => string;
  scopeRules: ScopeRules;
}

export type OpenedAccess = { ok: true; access: Access } | Faulty;

export async function openAccess(options: AccessOptions): Promise<OpenedAccess> {
  const { config, files, database, log, origin, scopeRules } = options;
  const sandbox = config.mode === 'sandbox' ? await openSandbox(config.dataDir) : undefined;
  const signingKeys = openSigningKeys(database, {
    now: Date.now,
    onProblem: (text) => log.warn(text),
    ...(config.signingKeyPassphrase === undefined ? {} : { passphrase: config.signingKeyPassphrase }),
  });
  if (config.clientsFile !== undefined) {
    // Reports a key that cannot be opened at the start, and not to the first client that requests a token.
    const fault = await signingKeys.signer().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (isPassphraseFault(fault))
      return {
        ok: false,
        faults: [
          'SIGNING_KEY_PASSPHRASE does not decrypt the signing key in the database. Check the passphrase.',
        ],
      };
    if (fault !== undefined) throw fault;
  }
  const replay = createAssertionReplay(database, Date.now);
  let made: { origin: string; verifier: TokenVerifier } | undefined;
  /** The issuers are known once the server knows its own address. */
  const verifier = (): TokenVerifier => {
    if (made?.origin !== origin()) {
      const issuers = [
        ...(sandbox ? [sandbox.issuer] : []),
        ...configuredIssuer(config, files),
        ...ownIssuer(config, files, signingKeys.keys, origin()),
      ];
      made = { origin: origin(), verifier: createTokenVerifier({ issuers, scopeRules, now: Date.now }) };
    }
    return made.verifier;
  };
  return {
    ok: true,
    access: {
      sandbox,
      policy: sitePolicy(createPolicy(files.rules.current)),
      knownSenders: () => [
        ...new Set([
          ...files.clients.odsCodes(),
          ...Object.keys(files.rules.current().submitting.organisations),
        ]),
      ],
      settlePolicy: files.rules.settle,
      verify: async (authorization, certificateSha256) => {
        // Everything decided about the caller from here on uses rules no older than their maximum age.
        await files.rules.settle();
        return verifier().verify(authorization, certificateSha256);
      },
      tokenEndpoint: (baseUrl) => ({
        clients: files.clients,
        replay,
        tokenUrl: `${baseUrl}/oauth2/token`,
        issuer: baseUrl,
        audience: `${baseUrl}/FHIR/R4`,
        signer: signingKeys.signer,
        scopeRules,
        now: Date.now,
      }),
    },
  };
}

function configuredIssuer(
  { authIssuer, authAudience, maxTokenLifetimeHours }: Config,
  { issuerKeys }: AccessFiles,
): TrustedIssuer[] {
  if (authIssuer === undefined || authAudience === undefined || issuerKeys === undefined) return [];
  const maxLifetimeSeconds = maxTokenLifetimeHours * 3_600;
  return [{ issuer: authIssuer, audiences: [authAudience], keys: issuerKeys, maxLifetimeSeconds }];
}

/**
 * The token endpoint as an issuer. A client that is removed or disabled, or whose key or certificate is replaced, also
 * loses the tokens that it has.
 */
function ownIssuer(
  { clientsFile, authAudience }: Config,
  { clients }: AccessFiles,
  keys: KeySource,
  origin: string,
): TrustedIssuer[] {
  if (clientsFile === undefined) return [];
  const audiences = [`${origin}/FHIR/R4`, ...(authAudience === undefined ? [] : [authAudience])];
  return [{ issuer: origin, audiences, keys, vouchesFor: clients.mayUse }];
}

/** The error of node:crypto for a private key that is not encrypted with this passphrase. */
function isPassphraseFault(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && (code.startsWith('ERR_OSSL') || code === 'ERR_MISSING_PASSPHRASE');
}
