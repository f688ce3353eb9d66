/**
 * A server is a sandbox or it is secured; there is no third mode. Which one follows from the variables that are set,
 * and a secured server needs something to check tokens with. @see docs/decisions/0019-modes.md
 */
import { BlockList, isIP } from 'node:net';
import { listed } from '../platform/listed';

export type Mode = 'sandbox' | 'secured';

/** The variables that decide the mode. */
export interface ModeFacts {
  nodeEnv: 'production' | 'development' | 'test' | undefined;
  sandbox: 'on' | 'off' | undefined;
  host: string;
  databaseUrl: string | undefined;
  authIssuer: string | undefined;
  authAudience: string | undefined;
  authJwksUri: string | undefined;
  clientsFile: string | undefined;
}

/** The variables that a sandbox does not need. */
export function isForSecuredServers(name: string): boolean {
  return /^(AUTH|OIDC)_/.test(name) || name === 'CLIENTS_FILE' || name === 'POLICY_FILE';
}

/**
 * @param named the names of the variables of secured servers that are set
 * @returns the mode, and a sentence for each missing setting
 */
export function modeOf(facts: ModeFacts, named: readonly string[]): { mode: Mode; faults: string[] } {
  const reason = whyNoSandbox(facts, named);
  if (reason === undefined) return { mode: 'sandbox', faults: [] };
  const faults = lackingOf(facts, named, reason);
  if (facts.sandbox === 'on')
    faults.unshift(
      `The server cannot start with SANDBOX=on, because ${reason}. A sandbox accepts only its own tokens.`,
    );
  return { mode: 'secured', faults };
}

/** Undefined when the server is a sandbox. */
function whyNoSandbox({ nodeEnv, sandbox, host }: ModeFacts, named: readonly string[]): string | undefined {
  if (nodeEnv === 'production') return 'NODE_ENV is production';
  if (named.length > 0) return `${listed(named)} ${named.length === 1 ? 'is' : 'are'} set`;
  if (sandbox === 'on') return undefined;
  if (sandbox === 'off') return 'SANDBOX is off';
  return isLoopback(host) ? undefined : `HOST ${host} is not a loopback address`;
}

function lackingOf(facts: ModeFacts, named: readonly string[], reason: string): string[] {
  const faults: string[] = [];
  const isProduction = facts.nodeEnv === 'production';
  if (isProduction && facts.databaseUrl === undefined)
    faults.push('DATABASE_URL must be set in production. The embedded PostgreSQL is for trials only.');
  const usesAnIssuer = named.some((name) => name.startsWith('AUTH_'));
  const hasKeys = facts.authJwksUri !== undefined || facts.clientsFile !== undefined;
  if (!isProduction && !usesAnIssuer) {
    if (hasKeys) return faults;
    const orSandbox =
      named.length === 0 && facts.sandbox === undefined
        ? ' To make it a sandbox, for test data only, set SANDBOX=on.'
        : '';
    return [
      ...faults,
      `This server is not a sandbox, because ${reason}, but it has no settings to check tokens. Set AUTH_ISSUER, AUTH_AUDIENCE and AUTH_JWKS_URI, or CLIENTS_FILE.${orSandbox}`,
    ];
  }
  const where = isProduction ? 'in production' : `since ${reason}`;
  if (facts.authIssuer === undefined)
    faults.push(`AUTH_ISSUER must be set ${where}. Set it to the issuer of the tokens to accept.`);
  if (facts.authAudience === undefined)
    faults.push(`AUTH_AUDIENCE must be set ${where}. Set it to the audience that the tokens name.`);
  if (!hasKeys)
    faults.push(
      `AUTH_JWKS_URI or CLIENTS_FILE must be set ${where}. It says where the public keys of callers are.`,
    );
  return faults;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
