/** Headers of answers. */
import type { JsonObject } from '../../../fhir/types';

const header = (description: string, schema: JsonObject = { type: 'string' }): JsonObject => ({
  description,
  schema,
});

export const headers: Readonly<Record<string, JsonObject>> = {
  'X-Request-ID': header(
    'The request id of the caller, or a new one. It is in the logs and in the audit trail.',
  ),
  'X-Correlation-ID': header('As the caller sent it.'),
  'X-Submission-ID': header('The id of the submission, kept whether accepted or refused.', {
    type: 'string',
    format: 'uuid',
  }),
  Location: header('`…/FHIR/R4/Bundle/<submission id>/_history/1`.', { type: 'string', format: 'uri' }),
  ETag: header('The version: `W/"1"`. For a document, its hash.'),
  'Last-Modified': header('When this version was stored.'),
  'Retry-After': header('Seconds after which to try again.', { type: 'integer' }),
  'WWW-Authenticate': header('`Bearer`, with `error="invalid_token"` if there was a token.'),
  Allow: header('The methods that the path supports.'),
  'Accept-Ranges': header('`bytes`.'),
  'Content-Range': header('The range of bytes, and the size of the document.'),
  'Repr-Digest': header('The SHA-256 of the bytes (RFC 9530).'),
  Link: header('The next page, if there is one: `rel="next"`.'),
  'Content-Disposition': header('Whether to show or save the document, and its file name.'),
};
