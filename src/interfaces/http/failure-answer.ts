/**
 * Presents a failure to its caller: as an OperationOutcome or, at the token endpoint, as an OAuth error.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
import { operationOutcome } from '../../fhir/operation-outcome';
import type { AnyResource } from '../../fhir/types';
import type { Answer, RequestContext, HttpFailure } from './request-context';
import { statusOf } from './status';

export function failureAnswer(
  failure: HttpFailure,
  { notes, requestId }: Pick<RequestContext, 'notes' | 'requestId'>,
  inWordsOf: 'fhir' | 'oauth',
): Answer {
  const status = statusOf[failure.category];
  const headers = {
    ...(status === 503 || status === 429 ? { 'Retry-After': '2' } : {}),
    ...(notes.submissionId === undefined ? {} : { 'X-Submission-ID': notes.submissionId }),
    ...(failure.version === undefined ? {} : versionHeaders(failure.version)),
    ...failure.headers,
  };
  if (inWordsOf === 'fhir')
    return { status, headers, resource: operationOutcome(failure.issues) as unknown as AnyResource };
  return {
    status,
    headers: { Pragma: 'no-cache', ...headers },
    bytes: oauthBody({
      error: oauthErrorOf(status),
      error_description: failure.issues[0]?.text ?? '',
      message_id: requestId,
    }),
  };
}

/** The headers that identify a version of a resource. @see https://hl7.org/fhir/R4/http.html#versioning */
export const versionHeaders = ({
  version,
  lastUpdated,
}: NonNullable<HttpFailure['version']>): Record<string, string> => ({
  ETag: `W/"${version}"`,
  'Last-Modified': lastUpdated.toUTCString(),
});

/**
 * The OAuth error of a status. RFC 6749 defines the first two for the token endpoint; the third comes from its
 * authorization endpoint.
 */
function oauthErrorOf(status: number): string {
  if (status < 500 && status !== 429) return 'invalid_request';
  return status === 500 ? 'server_error' : 'temporarily_unavailable';
}

/** JSON of the token endpoint. An `error_description` has no other characters than RFC 6749 allows. */
export function oauthBody(value: Readonly<Record<string, unknown>>): NonNullable<Answer['bytes']> {
  const text = JSON.stringify(value, (name, item: unknown) =>
    name === 'error_description' && typeof item === 'string'
      ? item.replace(/’/g, "'").replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
      : item,
  );
  return { contentType: 'application/json; charset=utf-8', body: Buffer.from(`${text}\n`) };
}
