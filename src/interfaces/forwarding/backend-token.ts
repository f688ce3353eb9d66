/**
 * Gets access tokens of another server as a client of SMART Backend Services (`private_key_jwt`). A token is used until
 * shortly before it ends, or until the server refuses it.
 * @see https://hl7.org/fhir/smart-app-launch/backend-services.html
 */
import { randomUUID } from 'node:crypto';
import { sign } from 'jsonwebtoken';
import { isObject } from '../../fhir/types';
import { post } from './post';
import { readSigningKey } from './signing-key';

export interface BackendClient {
  tokenUrl: string;
  clientId: string;
  /** The content of the key file, read each time: a changed key is used at once. */
  key: () => Promise<string>;
  scope: string;
  ca: () => Promise<string | undefined>;
}

export interface BackendTokens {
  /** @throws NoToken, or NoAnswer of the token endpoint */
  token(signal: AbortSignal): Promise<{ token: string; isNew: boolean }>;
  /** The server has refused it, or it cannot be sent. */
  forget(token: string): void;
}

/** The token endpoint gave no token. */
export class NoToken extends Error {}

const ASSERTION_SECONDS = 240;
const DEFAULT_LIFETIME_SECONDS = 60;
/** A longer lifetime is taken as this one, so that no token that does not work is kept for long. */
const LONGEST_LIFETIME_SECONDS = 3_600;
/** @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const B64_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
/** A token is renewed when this share of its life is left. */
const LEFT = 0.2;

export function backendTokens(client: BackendClient, now: () => Date): BackendTokens {
  let held: { token: string; until: number } | undefined;
  return {
    token: async (signal) => {
      if (held !== undefined && now().getTime() < held.until) return { token: held.token, isNew: false };
      const askedAt = now().getTime();
      const { token, lifetimeSeconds } = await ask(client, askedAt, signal);
      held = { token, until: askedAt + lifetimeSeconds * (1 - LEFT) * 1_000 };
      return { token, isNew: true };
    },
    forget: (token) => {
      if (held?.token === token) held = undefined;
    },
  };
}

async function ask(
  { tokenUrl, clientId, key, scope, ca }: BackendClient,
  nowMillis: number,
  signal: AbortSignal,
): Promise<{ token: string; lifetimeSeconds: number }> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion({ clientId, tokenUrl, nowMillis }, await key()),
  });
  const { status, body } = await post({
    url: tokenUrl,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: Buffer.from(form.toString()),
    ca: await ca(),
    signal,
  });
  const answer = parsed(body);
  const token = answer.access_token;
  if (status !== 200 || typeof token !== 'string' || token === '')
    throw new NoToken(`the token endpoint answered ${status}${errorCodeIn(answer.error)}`);
  if (!B64_TOKEN.test(token)) throw new NoToken('the token endpoint answered what cannot be a bearer token');
  const { expires_in: given } = answer;
  const lifetimeSeconds = typeof given === 'number' ? given : DEFAULT_LIFETIME_SECONDS;
  return { token, lifetimeSeconds: Math.min(lifetimeSeconds, LONGEST_LIFETIME_SECONDS) };
}

function assertion(
  { clientId, tokenUrl, nowMillis }: { clientId: string; tokenUrl: string; nowMillis: number },
  keyText: string,
): string {
  const { key, kid, algorithm } = readSigningKey(keyText);
  const iat = Math.floor(nowMillis / 1_000);
  return sign(
    { iss: clientId, sub: clientId, aud: tokenUrl, jti: randomUUID(), iat, exp: iat + ASSERTION_SECONDS },
    key,
    { algorithm, keyid: kid, header: { alg: algorithm, typ: 'JWT' } },
  );
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    return isObject(document) ? document : {};
  } catch {
    return {};
  }
}

/** The error codes of RFC 6749. Another text could be anything, and operators see it without a token (`/_status`). */
const ERROR_CODES: ReadonlySet<unknown> = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'],
  ...['invalid_scope', 'access_denied', 'server_error', 'temporarily_unavailable'],
]);

const errorCodeIn = (error: unknown): string => (ERROR_CODES.has(error) ? ` (${String(error)})` : '');
