/** Headers of answers. */
import type { JsonObject } from '../../../fhir/types';

const header = (description: string, schema: JsonObject = { type: 'string' }): JsonObject => ({
  description,
  schema,
});

export const headers: Readonly<Record<string, JsonObject>> = {
  'X-Request-ID': header(
    'The caller’s id of the request, or a new one; it stands in our logs and in the audit trail.',
  ),
  'X-Correlation-ID': header('As the caller gave it.'),
  'X-Submission-ID': header('The id of the submission, kept whether accepted or refused.', {
    type: 'string',
    format: 'uuid',
  }),
  Location: header('`…/FHIR/R4/Bundle/<submission id>/_history/1`.', { type: 'string', format: 'uri' }),
  ETag: header('The version: `W/"1"`; of a document, its hash.'),
  'Last-Modified': header('When this version was stored.'),
  'Retry-After': header('Seconds after which to try again.', { type: 'integer' }),
  'WWW-Authenticate': header('`Bearer`, with `error="invalid_token"` where there was a token.'),
  Allow: header('The methods that the path offers.'),
  'Accept-Ranges': header('`bytes`.'),
  'Content-Range': header('Which bytes of how many.'),
  'Repr-Digest': header('The SHA-256 of the bytes (RFC 9530).'),
  Link: header('The next page, where there is one: `rel="next"`.'),
  'Content-Disposition': header('Whether to show or to save it, and under which name.'),
};
