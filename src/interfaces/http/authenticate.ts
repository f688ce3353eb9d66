/** Who asks: the caller of a request's bearer token, with the organisation of the end user where one is named. */
import type { Request } from 'express';
import type { Caller } from '../../engines/access/caller';
import type { TokenVerifier } from '../../engines/access/verify-token';
import { refused } from './request-context';
import { clientCertificateOf } from './tls';

/** Two of them could be read as one by a proxy and as the other here: neither is believed. */
const AMBIGUOUS = 'The request has more than one Authorization header. Send one.';

/**
 * @param onRefused called before a refusal, to count it against the caller's address
 * @throws Refused (401) where there is no token, or none that can be believed
 */
export async function authenticate(
  request: Request,
  verify: TokenVerifier['verify'],
  onRefused: () => void,
): Promise<Caller> {
  const verified =
    (request.headersDistinct.authorization?.length ?? 0) > 1
      ? ({ ok: false, error: 'invalid_token', code: 'security', text: AMBIGUOUS } as const)
      : await verify(request.headers.authorization, clientCertificateOf(request.socket));
  if (verified.ok) {
    const organisation = request.headers['nhsd-end-user-organisation-ods'];
    return typeof organisation === 'string' && /^[A-Za-z0-9]{1,12}$/.test(organisation)
      ? { ...verified.caller, endUserOrganisation: organisation.toUpperCase() }
      : verified.caller;
  }
  onRefused();
  const missing = verified.error === 'missing';
  throw refused(
    'unauthenticated',
    { code: verified.code, rule: missing ? 'http-no-token' : 'http-token', text: verified.text },
    { 'WWW-Authenticate': missing ? 'Bearer' : 'Bearer error="invalid_token"' },
  );
}
