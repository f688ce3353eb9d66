/** The refusals of requests before a handler runs, each with a sentence that says how to correct the request. */
import type { RuleId } from '../../fhir/issue';
import { type RequestContext, refused, type Refused } from './request-context';
import type { Route } from './route';

/** Longer than any address that this server makes: a cursor has 16,000 characters at most. */
export const MAX_URL_LENGTH = 20_000;
/** The most header fields. A server that silently dropped some could disagree with a proxy that used them. */
export const MAX_FIELDS = 200;

export const tooLong = (): Refused =>
  refused('uri-too-long', {
    code: 'too-long',
    rule: 'http-url-too-long',
    text: `The URL is longer than ${MAX_URL_LENGTH} characters. Send a long search as POST <Type>/_search.`,
  });

export const tooManyFields = (): Refused =>
  refused('headers-too-large', {
    code: 'too-long',
    rule: 'http-too-many-headers',
    text: `The request has more than ${MAX_FIELDS} header fields. Send only the fields that are needed.`,
  });

export const ambiguous = (): Refused =>
  refused('bad-request', {
    code: 'structure',
    rule: 'http-ambiguous-header',
    text: 'Host, Content-Type, Content-Encoding or Authorization appears more than once. Send it once.',
  });

/** @param near the path that was probably meant */
export const noSuchPath = (near?: string): Refused =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-path',
    text: `This path does not exist.${meant(near)} All paths are in /openapi.json.`,
  });

export const noProxy = (): Refused =>
  refused('method-not-allowed', {
    code: 'not-supported',
    rule: 'http-method',
    text: 'This server is not a proxy and does not support CONNECT. Request a path of this server.',
  });

/** The methods by which other servers write single resources. */
const WRITING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const TO_SUBMIT = ' To submit resources, POST a Bundle to /FHIR/R4/Bundle.';

const meant = (near: string | undefined): string => (near === undefined ? '' : ` Did you mean ${near}?`);

/** @param near method and path that were probably meant */
export function noSuchMethod(
  routes: readonly Pick<Route, 'method' | 'path'>[],
  method: string,
  near?: string,
): Refused {
  const isSubmitting = WRITING.has(method) && routes.some(({ path }) => path.startsWith('/FHIR/R4/:type'));
  const hint = near === undefined && isSubmitting ? TO_SUBMIT : meant(near && `${method} ${near}`);
  const allow = [
    ...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
  ].join(', ');
  return refused(
    'method-not-allowed',
    { code: 'not-supported', rule: 'http-method', text: `This path supports ${allow}.${hint}` },
    { Allow: allow },
  );
}

export const notAcceptable = (): Refused =>
  refused('not-acceptable', {
    code: 'not-supported',
    rule: 'http-accept',
    text: 'The server cannot send any format in Accept (or _format). Use application/fhir+json or application/fhir+xml, with fhirVersion=4.0.',
  });

/** @param whole true when a scope with a restriction is not enough */
export const outOfScope = (type: string, interaction: string, whole?: true): Refused =>
  refused('forbidden', {
    code: 'forbidden',
    rule: 'http-scope',
    text: `The scopes of the token do not allow this request. It needs system/${shown(type)}.${interaction}${whole === true ? ' without a restriction' : ''}.`,
  });

/** A page that needs a person who is signed in. */
export const notSignedIn = (): Refused =>
  refused('unauthenticated', {
    code: 'login',
    rule: 'console-signed-out',
    text: 'You are not signed in, or your session has ended. Sign in.',
  });

/** A page for another role. */
export const notForRole = (): Refused =>
  refused('forbidden', {
    code: 'forbidden',
    rule: 'console-role',
    text: 'Your role does not allow you to open this page.',
  });

/** The answer repeats a segment of the path only if it looks like the name of a type. */
const shown = (type: string): string => (/^[A-Z][A-Za-z]{0,63}$/.test(type) ? type : '<Type>');

export const tooManyRequests = (seconds: number): Refused =>
  throttled(
    'http-rate',
    'The client sent too many requests in a minute. Wait for the number of seconds in Retry-After.',
    seconds,
  );

/** The server has reached its memory limit. */
export const busy = (): Refused =>
  refused(
    'unavailable',
    {
      code: 'throttled',
      rule: 'http-busy',
      text: 'The server is busy. Send the request again in a moment.',
    },
    { 'Retry-After': '2' },
  );

export const beyondMemory = (): Refused =>
  refused('too-large', {
    code: 'too-costly',
    rule: 'http-beyond-memory',
    text: 'The server does not have enough memory for the body. Send it in smaller parts.',
  });

/** The caller has disconnected. The refusal is for the audit trail, because no answer can be sent. */
export const abandoned = (): Refused =>
  refused('bad-request', {
    code: 'incomplete',
    rule: 'http-abandoned',
    text: 'The connection ended before the server answered. Send the request again on a new connection.',
  });

export const tooManyUploads = (): Refused =>
  throttled(
    'http-uploads',
    'This client is sending too many requests at the same time. Wait for an answer before you send more.',
    1,
  );

function throttled(rule: RuleId, text: string, seconds: number): Refused {
  return refused('throttled', { code: 'throttled', rule, text }, { 'Retry-After': String(seconds) });
}

/** Header fields that may occur once: with two, a proxy could use one and this server the other. */
const SINGLE = ['host', 'content-type', 'content-encoding'] as const;

/** @throws Refused when the head is ambiguous, or longer than allowed */
export function refuseOddHeads({ request }: Pick<RequestContext, 'request'>): void {
  if (request.rawHeaders.length > 2 * MAX_FIELDS) throw tooManyFields();
  for (const name of SINGLE) if ((request.headersDistinct[name]?.length ?? 0) > 1) throw ambiguous();
}
