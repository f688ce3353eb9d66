/**
 * Private-key JWT client authentication: checks the assertion with which a client authenticates, as in SMART Backend
 * Services and NHS England's "signed JWT".
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-3
 * @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
 * @see https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/application-restricted-restful-apis-signed-jwt-authentication
 */
import type { AssertionReplay } from './assertion-replay';
import type { Client, Clients } from './clients';
import { demandsMoreThanIsUnderstood, readCompactJwt, signatureHolds, type CompactJwt } from './compact-jwt';
import { ALGORITHMS, isAlgorithm, type Algorithm, type VerificationKey } from './jwk';

export interface AssertionDependencies {
  /** The token endpoint's own address: `aud` must equal it. */
  tokenUrl: string;
  clients: Pick<Clients, 'find'>;
  replay: AssertionReplay;
  now: () => number;
}

export interface AssertionFault {
  ok: false;
  /** The fault and how to correct it, for the log. The caller may be unauthenticated and does not see it. */
  text: string;
  /** The client that it claims to be; not verified. */
  claimedClientId?: string;
}

/** The client, and the key with which it proved itself. */
export type AssertionResult = { ok: true; client: Client; key: VerificationKey } | AssertionFault;

const MAX_LENGTH = 8_192;
const LIFETIME_SECONDS = 300;
const LEEWAY_SECONDS = 10;

/** Checks the assertion and, as the last step, marks it as used. @throws when the database is not available */
export async function verifyAssertion(text: string, deps: AssertionDependencies): Promise<AssertionResult> {
  const token = readCompactJwt(text, MAX_LENGTH);
  if (token === undefined) return faulty('client_assertion must be a signed JSON Web Token.');
  const { iss } = token.payload;
  const claimed = typeof iss === 'string' ? { claimedClientId: iss.slice(0, 256) } : {};
  const read = readClaims(token, Math.floor(deps.now() / 1_000));
  if (!read.ok) return { ...read, ...claimed };
  const result = await authenticate(token, read, deps);
  return result.ok ? result : { ...result, ...claimed };
}

interface Claims {
  ok: true;
  alg: Algorithm;
  kid: string;
  clientId: string;
  jti: string;
  exp: number;
}

/** Checks what does not depend on the client. */
function readClaims({ header, payload }: CompactJwt, nowSeconds: number): Claims | AssertionFault {
  const { alg, kid, typ } = header;
  const { iss, sub, jti, exp, nbf, iat } = payload;
  if (!isAlgorithm(alg)) {
    return faulty(`alg of client_assertion must be one of ${ALGORITHMS.join(', ')}.`);
  }
  if (isWhole(exp) && exp + LEEWAY_SECONDS <= nowSeconds)
    return faulty('client_assertion has expired (exp). Send a new one.');
  if (typeof kid !== 'string' || kid === '') return faulty('client_assertion must have kid in its header.');
  if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')
    return faulty('typ of client_assertion must be JWT.');
  if (demandsMoreThanIsUnderstood(header))
    return faulty('client_assertion must not use an extension (crit, b64, zip).');
  if (!isWhole(exp)) return faulty('exp of client_assertion must be a whole number of seconds since 1970.');
  if (typeof iss !== 'string' || iss === '' || iss !== sub) {
    return faulty('iss and sub of client_assertion must both be the client id.');
  }
  if (typeof jti !== 'string' || jti === '') return faulty('jti of client_assertion must be a unique text.');
  if (exp > nowSeconds + LIFETIME_SECONDS + LEEWAY_SECONDS) {
    return faulty('exp of client_assertion must be at most 5 minutes ahead.');
  }
  for (const from of [nbf, iat]) {
    if (from === undefined) continue;
    if (typeof from !== 'number' || !(from <= nowSeconds + LEEWAY_SECONDS)) {
      return faulty(
        'client_assertion is not valid yet (nbf, iat). Check that the clocks of the client and the server agree.',
      );
    }
  }
  return { ok: true, alg, kid, clientId: iss, jti, exp };
}

async function authenticate(
  token: CompactJwt,
  { alg, kid, clientId, jti, exp }: Claims,
  { tokenUrl, clients, replay }: AssertionDependencies,
): Promise<AssertionResult> {
  const client = await clients.find(clientId);
  if (client === undefined) return faulty('iss and sub of client_assertion must name a registered client.');
  const { aud } = token.payload;
  if (aud !== tokenUrl && !(Array.isArray(aud) && aud.length === 1 && aud[0] === tokenUrl)) {
    return faulty('aud of client_assertion must be the address of this token endpoint, exactly.');
  }
  const { jwksUri } = client.registration;
  if (jwksUri !== undefined && token.header.jku !== undefined && token.header.jku !== jwksUri) {
    return faulty(
      'jku of client_assertion must be the address registered for the client. You may leave it out.',
    );
  }
  const key = await client.keys.find(kid, alg);
  if (key === undefined) {
    return client.keys.isReady()
      ? faulty('kid of client_assertion must name a key registered for the client that fits alg.')
      : faulty('The server cannot get the public keys registered for the client.');
  }
  if (!signatureHolds(token, key)) return faulty('The signature of client_assertion is not valid.');
  if (client.registration.disabled === true) {
    return faulty('The client is disabled.');
  }
  const expiresAtMillis = (exp + LEEWAY_SECONDS) * 1_000;
  if (!(await replay.use(clientId, jti, expiresAtMillis))) {
    return faulty('jti of client_assertion has been used before. Make a new assertion for each request.');
  }
  return { ok: true, client, key };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function faulty(text: string): AssertionFault {
  return { ok: false, text };
}
