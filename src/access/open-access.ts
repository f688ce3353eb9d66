/**
 * Everything that decides who gets in and to what, put together from the configuration: the trusted issuers, the
 * clients, the token endpoint, the site's policy.
 * @see docs/access.md
 */
import type { Config } from '../config';
import type { Logger } from '../platform/logger';
import type { Database } from '../platform/postgres';
import { createAssertionReplay } from './assertion-replay';
import { noClients, openClients, type Clients } from './clients';
import { openKeySource } from './keys';
import { createPolicy, OPEN_RULES, type Policy, type PolicyRules } from './policy';
import { openPolicyFile } from './policy-file';
import { openSandbox, type Sandbox } from './sandbox';
import { openSigningKeys } from './signing-keys';
import { sitePolicy } from './site-policy';
import type { TokenEndpointDependencies } from './token-endpoint';
import { createTokenVerifier, type TokenVerifier, type TrustedIssuer } from './verify-token';

export interface Access {
  sandbox: Sandbox | undefined;
  policy: Policy;
  verify: TokenVerifier['verify'];
  tokenEndpoint: (baseUrl: string) => TokenEndpointDependencies;
}

export interface AccessOptions {
  config: Config;
  database: Database;
  log: Logger;
  /** The server's own origin: known once it listens. */
  origin: () => string;
}

export type OpenedAccess = { ok: true; access: Access } | { ok: false; faults: readonly string[] };

export async function openAccess({ config, database, log, origin }: AccessOptions): Promise<OpenedAccess> {
  const onProblem = (text: string): void => log.warn(text);
  const options = { now: Date.now, onProblem };
  const clients = await clientsOf(config, options);
  const rules = await rulesOf(config, options);
  if (!clients.ok || !rules.ok)
    return { ok: false, faults: [clients, rules].flatMap((each) => (each.ok ? [] : each.faults)) };
  const sandbox = config.mode === 'sandbox' ? await openSandbox(config.dataDir) : undefined;
  const signingKeys = openSigningKeys(database, {
    ...options,
    ...(config.signingKeyPassphrase === undefined ? {} : { passphrase: config.signingKeyPassphrase }),
  });
  if (config.clientsFile !== undefined) {
    // A key that can't be opened is told at start, not to the first client that asks for a token.
    const fault = await signingKeys.signer().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (isPassphraseFault(fault))
      return {
        ok: false,
        faults: ['SIGNING_KEY_PASSPHRASE does not open the signing key that lies in the database.'],
      };
    if (fault !== undefined) throw fault;
  }
  const { authIssuer: issuer, authAudience: audience, authJwksUri: jwksUri } = config;
  const provided =
    issuer !== undefined && audience !== undefined && jwksUri !== undefined
      ? [{ issuer, audiences: [audience], keys: openKeySource(jwksUri, options) }]
      : [];
  const own = (): TrustedIssuer[] =>
    config.clientsFile === undefined
      ? []
      : [
          {
            issuer: origin(),
            audiences: [`${origin()}/FHIR/R4`, ...(audience === undefined ? [] : [audience])],
            keys: signingKeys.keys,
          },
        ];
  const replay = createAssertionReplay(database, Date.now);
  let made: { origin: string; verifier: TokenVerifier } | undefined;
  /** The issuers are known once the server knows its own address. */
  const verifier = (): TokenVerifier => {
    if (made?.origin !== origin()) {
      const issuers = [...(sandbox ? [sandbox.issuer] : []), ...provided, ...own()];
      made = { origin: origin(), verifier: createTokenVerifier({ issuers, now: Date.now }) };
    }
    return made.verifier;
  };
  return {
    ok: true,
    access: {
      sandbox,
      policy: sitePolicy(createPolicy(rules.current)),
      verify: (authorization, certificateSha256) => verifier().verify(authorization, certificateSha256),
      tokenEndpoint: (baseUrl) => ({
        clients: clients.clients,
        replay,
        tokenUrl: `${baseUrl}/oauth2/token`,
        issuer: baseUrl,
        audience: `${baseUrl}/FHIR/R4`,
        signer: signingKeys.signer,
        now: Date.now,
      }),
    },
  };
}

type Watching = { now: () => number; onProblem: (text: string) => void };
type Faulty = { ok: false; faults: readonly string[] };

async function clientsOf(
  { clientsFile }: Config,
  options: Watching,
): Promise<{ ok: true; clients: Clients } | Faulty> {
  return clientsFile === undefined
    ? { ok: true, clients: noClients }
    : openClients({ path: clientsFile, ...options });
}

async function rulesOf(
  { policyFile }: Config,
  options: Watching,
): Promise<{ ok: true; current: () => PolicyRules } | Faulty> {
  if (policyFile === undefined) return { ok: true, current: () => OPEN_RULES };
  const opened = await openPolicyFile({ path: policyFile, ...options });
  return opened.ok ? { ok: true, current: () => opened.file.current() } : opened;
}

/** What node:crypto says where a private key is encrypted otherwise than by the passphrase at hand. */
function isPassphraseFault(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && (code.startsWith('ERR_OSSL') || code === 'ERR_MISSING_PASSPHRASE');
}
