/**
 * Verifies a bearer token and returns the caller. All rules of the contract are here: the algorithms, `kid`, issuer,
 * audience, times with their leeway, and which claims are read. A verified token is remembered by its SHA-256 until it
 * expires or its key is withdrawn, so that the caller's next request needs only a hash and a lookup.
 * @see docs/access.md
 * @see docs/decisions/0004-access.md
 */
import type { ScopeRules } from '../../definitions/scope-rules';
import { createHash } from 'node:crypto';
import type { IssueCode } from '../../fhir/issue';
import { isObject, type JsonObject } from '../../fhir/types';
import { readCaller } from './read-caller';
import type { Caller } from './caller';
import { demandsMoreThanIsUnderstood, readCompactJwt, signatureHolds, type CompactJwt } from './compact-jwt';
import { ALGORITHMS, isAlgorithm, type VerificationKey } from './jwk';
import type { KeySource } from './keys';

/** An issuer whose tokens are accepted: the identity provider, this server's token endpoint, or the sandbox. */
export interface TrustedIssuer {
  /** `iss` must equal this exactly. */
  issuer: string;
  /** `aud` must be one of these, or contain one. */
  audiences: readonly string[];
  keys: KeySource;
  /**
   * The message for a token that names this issuer but is signed with none of its keys, when that has one likely
   * reason.
   */
  ofAnotherKey?: string;
  /** The longest lifetime of its tokens, from `iat` or, without `iat`, from now; unlimited unless given. */
  maxLifetimeSeconds?: number;
  /** Whether a client may still use one of its tokens; true unless given. */
  vouchesFor?: (token: HeldToken) => Promise<boolean>;
}

/** What a verified token says of the client that it was issued to. */
export interface HeldToken {
  clientId: string;
  /** The client's TLS certificate that the token is bound to: base64url of its SHA-256. */
  boundTo: string | undefined;
  /** What the client proved itself with, in the tokens of this server (`client_key`). */
  clientKey: string | undefined;
}

export interface TokenVerifierOptions {
  /** The meaning of scopes for types with special rules. */
  scopeRules: ScopeRules;
  issuers: readonly TrustedIssuer[];
  /** Milliseconds since 1970. */
  now: () => number;
  /** How far clocks may differ. */
  leewaySeconds?: number;
  maxTokenLength?: number;
  /** How many verified tokens are remembered. */
  rememberedTokens?: number;
}

export type Verification = { ok: true; caller: Caller } | Refusal;

export interface Refusal {
  ok: false;
  status: 401;
  /** `missing`: a bare `WWW-Authenticate: Bearer`; `invalid_token`: with that error. */
  error: 'missing' | 'invalid_token';
  code: IssueCode;
  /** The fault and how to correct it: one of a fixed set of ASCII sentences that can also be sent in a header. */
  text: string;
}

export interface TokenVerifier {
  /**
   * @param authorization the `Authorization` header as received
   * @param certificateSha256 base64url of the SHA-256 of the client's TLS certificate, if it showed one. A token that
   * is bound to a certificate (RFC 8705) is valid only with that certificate
   */
  verify(authorization: string | undefined, certificateSha256?: string): Promise<Verification>;
}

interface Verified {
  caller: Caller;
  notAfterMillis: number;
  key: VerificationKey;
  algorithm: string;
  issuer: TrustedIssuer;
  boundTo: string | undefined;
  clientKey: string | undefined;
}

type Check = { ok: true; verified: Verified } | Refusal;

const MAX_TOKEN_LENGTH = 8_192;
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

const refuse = (text: string, code: IssueCode = 'security'): Refusal => ({
  ok: false,
  status: 401,
  error: 'invalid_token',
  code,
  text,
});

const MISSING: Refusal = {
  ok: false,
  status: 401,
  error: 'missing',
  code: 'login',
  text: 'This request needs an access token. Send it as Authorization: Bearer <token>.',
};
const MALFORMED = refuse('The access token cannot be read. Send one signed JSON Web Token in compact form.');
const ALGORITHM = refuse(`The access token must be signed with one of ${ALGORITHMS.join(', ')}.`);
const HEADER = refuse(
  'The header of the access token has a type or an extension that this server does not support.',
);
const ISSUER = refuse('The access token comes from an issuer that this server does not trust.');
const KEY = refuse(
  'This server does not know the key that signed the access token (kid). Use a key that its issuer publishes.',
);
const KEYS_AWAY = refuse(
  'The server cannot get the keys of the issuer of the access token. Try again later.',
  'transient',
);
const SIGNATURE = refuse('The signature of the access token is not valid.');
const AUDIENCE = refuse(
  'The access token is for another server. Request one with the audience of this server.',
);
const EXPIRED = refuse('The access token has expired. Request a new one.', 'expired');
const NO_EXPIRY = refuse('The access token must have an expiry time (exp, in seconds since 1970).');
const TOO_LONG = refuse(
  'The access token is valid for longer than this server allows. Request one that expires sooner (exp).',
);
const NOT_YET = refuse(
  'The access token is not valid yet (nbf, iat). Check that the clocks of the issuer and the server agree.',
);
const CLAIMS = refuse(
  'The access token must name the caller (sub or client_id), with claims as described in docs/access.md.',
);
const WITHDRAWN = refuse(
  'The client of the access token is disabled or no longer registered, or its key or certificate was replaced. Request a new token.',
);
const BOUND = refuse('The access token is bound to a client certificate (or key) that was not sent with it.');

export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const {
    scopeRules,
    now,
    leewaySeconds = 60,
    maxTokenLength = MAX_TOKEN_LENGTH,
    rememberedTokens = 10_000,
  } = options;
  const { recall, remember } = tokenMemory(now, rememberedTokens);

  const check = async (text: string): Promise<Check> => {
    const token = readCompactJwt(text, maxTokenLength);
    if (token === undefined) return MALFORMED;
    const { alg, kid, typ } = token.header;
    if (!isAlgorithm(alg)) return ALGORITHM;
    if (demandsMoreThanIsUnderstood(token.header)) return HEADER;
    if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase()))) return HEADER;
    if (typeof kid !== 'string') return KEY;
    const candidates = options.issuers.filter(({ issuer }) => issuer === token.payload.iss);
    if (candidates.length === 0) return ISSUER;
    let refusal = KEY;
    for (const trusted of candidates) {
      const key = await trusted.keys.find(kid, alg);
      if (key === undefined) {
        if (!trusted.keys.isReady()) refusal = KEYS_AWAY;
        else if (trusted.ofAnotherKey !== undefined) refusal = refuse(trusted.ofAnotherKey);
        continue;
      }
      if (!signatureHolds(token, key)) return SIGNATURE;
      return checkClaims(token, trusted, { key, algorithm: alg }, { now, leewaySeconds, scopeRules });
    }
    return refusal;
  };

  return {
    verify: async (authorization, certificateSha256) => {
      const text = bearer(authorization);
      if (text === undefined) return MISSING;
      if (text.length > maxTokenLength) return MALFORMED;
      const digest = createHash('sha256').update(text).digest('base64');
      let verified = await recall(digest);
      if (verified === undefined) {
        const checked = await check(text);
        if (!checked.ok) return checked;
        verified = checked.verified;
        remember(digest, verified);
      }
      const { caller, issuer, boundTo, clientKey } = verified;
      const held = { clientId: caller.clientId, boundTo, clientKey };
      if (issuer.vouchesFor !== undefined && !(await issuer.vouchesFor(held))) return WITHDRAWN;
      if (boundTo !== undefined && boundTo !== certificateSha256) return BOUND;
      return { ok: true, caller };
    },
  };
}

/** Verified tokens by their digest. Each is valid until it expires, or its key or issuer is no longer valid. */
function tokenMemory(
  now: () => number,
  most: number,
): {
  recall(digest: string): Promise<Verified | undefined>;
  remember(digest: string, verified: Verified): void;
} {
  const remembered = new Map<string, Verified>();

  const recall = async (digest: string): Promise<Verified | undefined> => {
    const known = remembered.get(digest);
    if (known === undefined) return undefined;
    await known.issuer.keys.settle();
    remembered.delete(digest);
    const { keys } = known.issuer;
    const holds = now() < known.notAfterMillis && keys.current(known.key.kid, known.algorithm) === known.key;
    if (!holds) return undefined;
    remembered.set(digest, known);
    return known;
  };

  const remember = (digest: string, verified: Verified): void => {
    remembered.set(digest, verified);
    if (remembered.size <= most) return;
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest);
      break;
    }
  };

  return { recall, remember };
}

/** Checks the claims. The order decides which fault is reported first. */
function checkClaims(
  { payload }: CompactJwt,
  trusted: TrustedIssuer,
  { key, algorithm }: Pick<Verified, 'key' | 'algorithm'>,
  { now, leewaySeconds, scopeRules }: { now: () => number; leewaySeconds: number; scopeRules: ScopeRules },
): Check {
  const { aud, exp, nbf, iat, cnf, client_key: named } = payload;
  if (!isMeantFor(aud, trusted.audiences)) return AUDIENCE;
  const seconds = now() / 1_000;
  if (!isSeconds(exp)) return NO_EXPIRY;
  if (seconds >= exp + leewaySeconds) return EXPIRED;
  for (const from of [nbf, iat]) {
    if (from !== undefined && !(isSeconds(from) && from <= seconds + leewaySeconds)) return NOT_YET;
  }
  const lifetime = exp - (isSeconds(iat) ? iat : seconds);
  if (lifetime > (trusted.maxLifetimeSeconds ?? Infinity) + leewaySeconds) return TOO_LONG;
  const caller = readCaller(payload, trusted.issuer, scopeRules);
  if (caller === undefined) return CLAIMS;
  const boundTo = isObject(cnf) && typeof cnf['x5t#S256'] === 'string' ? cnf['x5t#S256'] : undefined;
  if (cnf !== undefined && boundTo === undefined) return BOUND;
  const notAfterMillis = (exp + leewaySeconds) * 1_000;
  const clientKey = typeof named === 'string' ? named : undefined;
  return {
    ok: true,
    verified: { caller, notAfterMillis, key, algorithm, issuer: trusted, boundTo, clientKey },
  };
}

/** The text after `Bearer`; `undefined` when there is none, or the scheme is another. */
function bearer(authorization: string | undefined): string | undefined {
  const match = /^bearer +(\S.*)$/i.exec(authorization?.trim() ?? '');
  return match?.[1];
}

function isMeantFor(aud: JsonObject[string], audiences: readonly string[]): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.some((audience) => typeof audience === 'string' && audiences.includes(audience));
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
