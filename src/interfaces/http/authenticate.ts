/** Identifies the caller by the request's bearer token, with the end user's organisation if one is named. */
import type { Request } from 'express';
import type { Caller } from '../../engines/access/caller';
import type { TokenVerifier } from '../../engines/access/verify-token';
import { refused } from './request-context';
import { clientCertificateOf } from '../../platform/tls';

/** With two headers, a proxy could use one and this server the other, so neither is accepted. */
const AMBIGUOUS = 'The request has more than one Authorization header. Send one.';

/**
 * @param onRefused called before a refusal, to count it against the caller's address
 * @throws Refused (401) when there is no token, or no valid one
 */
export async function authenticate(
  request: Request,
  verify: TokenVerifier['verify'],
  onRefused: () => Promise<void>,
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
  await onRefused();
  const missing = verified.error === 'missing';
  throw refused(
    'unauthenticated',
    { code: verified.code, rule: missing ? 'http-no-token' : 'http-token', text: verified.text },
    { 'WWW-Authenticate': missing ? 'Bearer' : 'Bearer error="invalid_token"' },
  );
}
