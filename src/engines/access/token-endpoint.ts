/**
 * `POST /oauth2/token`: the client credentials grant. A client authenticates with a signed assertion, and gets an
 * access token that is valid for five minutes, with those of the requested scopes that it is registered for.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 * @see https://hl7.org/fhir/smart-app-launch/backend-services.html
 */
import type { ScopeRules } from '../../definitions/scope-rules';
import type { JsonObject } from '../../fhir/types';
import { verifyAssertion, type AssertionDependencies } from './client-assertion';
import { intersectScopes, parseScopes } from './scopes';
import { clientKeyOf } from './clients';
import { signToken, type Signer } from './signer';

export interface TokenEndpointDependencies extends AssertionDependencies {
  /** `iss` of the tokens. */
  issuer: string;
  /** `aud` of the tokens. */
  audience: string;
  signer: () => Promise<Signer>;
  /** The meaning of scopes for types with special rules. */
  scopeRules: ScopeRules;
}

/** Facts of the request that are not in the form. */
export interface TokenRequestContext {
  /** The request's id: `message_id` of an error, as NHS England's clients expect it. */
  requestId?: string;
  /** base64url of the SHA-256 of the TLS client certificate, if there was one. */
  certificateSha256?: string;
}

export interface TokenAnswer {
  status: 200 | 400 | 401;
  body: JsonObject;
  headers: Readonly<Record<string, string>>;
  /** For the audit trail: the client, whether it was authenticated, and the result. `fault` is only for the log. */
  about: {
    clientId?: string;
    proven: boolean;
    odsCode?: string;
    scope?: string;
    error?: string;
    fault?: string;
  };
}

export const TOKEN_LIFETIME_SECONDS = 300;
const HEADERS = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };
/** The same for every fault of the assertion, so that callers cannot find out which clients and keys exist. */
const NOT_AUTHENTICATED =
  'The server could not authenticate the client with client_assertion. The log of the server gives the reason, with this message_id.';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The fields of a form body; `undefined` when a field occurs twice, which OAuth forbids. */
export function readTokenForm(body: string): Record<string, string> | undefined {
  const fields = [...new URLSearchParams(body)];
  const form = Object.fromEntries(fields);
  return Object.keys(form).length === fields.length ? form : undefined;
}

/** @throws when the database is not available */
export async function issueToken(
  form: Readonly<Record<string, string>> | undefined,
  deps: TokenEndpointDependencies,
  context: TokenRequestContext = {},
): Promise<TokenAnswer> {
  const refuse = (
    status: 400 | 401,
    error: string,
    text: string,
    about: Omit<TokenAnswer['about'], 'proven' | 'error'> & { proven?: boolean } = {},
  ): TokenAnswer => ({
    status,
    body: {
      error,
      error_description: text,
      ...(context.requestId !== undefined && { message_id: context.requestId }),
    },
    headers: HEADERS,
    about: { proven: false, ...about, error },
  });

  const read = readForm(form);
  if ('fault' in read) return refuse(400, read.fault, read.text);
  const { assertion, clientId, requested } = read;

  const verified = await verifyAssertion(assertion, deps);
  const unauthenticated = (
    fault: string,
    who: { clientId?: string; odsCode?: string; proven?: boolean },
  ): TokenAnswer => refuse(401, 'invalid_client', NOT_AUTHENTICATED, { ...who, fault });
  if (!verified.ok) {
    const { text, claimedClientId } = verified;
    return unauthenticated(text, claimedClientId === undefined ? {} : { clientId: claimedClientId });
  }
  const { registration } = verified.client;
  const about = { clientId: registration.clientId, odsCode: registration.odsCode, proven: true };
  if (clientId !== undefined && clientId !== registration.clientId) {
    return unauthenticated('client_id must be the client id in client_assertion.', about);
  }
  const bound = registration.certificateSha256;
  if (bound !== undefined && bound !== context.certificateSha256) {
    return unauthenticated('The TLS certificate is not the one registered for the client.', about);
  }
  const scope = grantedScope(requested, registration.scope, deps.scopeRules);
  if (scope === '') {
    return refuse(
      400,
      'invalid_scope',
      'scope must contain a scope that the client is registered for.',
      about,
    );
  }
  const token = signToken(await deps.signer(), {
    issuer: deps.issuer,
    audience: deps.audience,
    clientId: registration.clientId,
    odsCode: registration.odsCode,
    scope,
    issuedAtMillis: deps.now(),
    lifetimeSeconds: TOKEN_LIFETIME_SECONDS,
    others: {
      client_key: clientKeyOf(registration, verified.key),
      ...(bound !== undefined && { cnf: { 'x5t#S256': bound } }),
    },
  });
  return {
    status: 200,
    body: { access_token: token, token_type: 'bearer', expires_in: TOKEN_LIFETIME_SECONDS, scope },
    headers: HEADERS,
    about: { ...about, scope },
  };
}

/** The fields of the form, or the first one that is wrong. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
function readForm(
  form: Readonly<Record<string, string>> | undefined,
):
  | { assertion: string; clientId: string | undefined; requested: string | undefined }
  | { fault: 'invalid_request' | 'unsupported_grant_type'; text: string } {
  if (form === undefined)
    return { fault: 'invalid_request', text: 'Each field of the form must appear once.' };
  const grant = form.grant_type;
  if (grant !== 'client_credentials')
    return {
      fault: grant ? 'unsupported_grant_type' : 'invalid_request',
      text: 'grant_type must be client_credentials.',
    };
  if (form.client_assertion_type !== ASSERTION_TYPE)
    return { fault: 'invalid_request', text: `client_assertion_type must be ${ASSERTION_TYPE}.` };
  if (!form.client_assertion)
    return { fault: 'invalid_request', text: 'client_assertion must be a signed JSON Web Token.' };
  return { assertion: form.client_assertion, clientId: form.client_id, requested: form.scope };
}

/** NHS England's clients request no scope: they get all scopes that they are registered for. */
function grantedScope(requested: string | undefined, registered: string, rules: ScopeRules): string {
  return requested === undefined || requested.trim() === ''
    ? parseScopes(registered, rules)
        .grants.map((grant) => grant.text)
        .join(' ')
    : intersectScopes(requested, registered, rules);
}
