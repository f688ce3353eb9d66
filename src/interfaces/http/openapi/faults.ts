/** What goes wrong, by status: each is an OperationOutcome in the format that the caller accepts. */
import type { JsonObject } from '../../../fhir/types';
import { ref } from './shapes';

/** The name in `components.responses` of each status, and what it means. */
const meanings: Readonly<Record<number, readonly [name: string, description: string, ...headers: string[]]>> =
  {
    400: [
      'BadRequest',
      'The body is not JSON or XML, not FHIR or not a Bundle; or the query cannot be read.',
    ],
    401: ['Unauthenticated', 'No token, or one that is not good.', 'WWW-Authenticate'],
    403: ['Forbidden', 'The token’s scopes do not allow it.'],
    404: ['NotFound', 'There is no such path, type or id.'],
    406: ['NotAcceptable', 'Nothing in `Accept` or `_format` can be answered.'],
    408: [
      'TooSlow',
      'The head of the request did not arrive within REQUEST_TIMEOUT_SECONDS, or its body came slower than MIN_UPLOAD_BYTES_PER_SECOND; the connection ends.',
    ],
    409: [
      'Conflict',
      'A correction older than what is stored, or a conflict of identity.',
      'X-Submission-ID',
    ],
    410: ['Gone', 'It was withdrawn by a correction; its history is still there.', 'ETag'],
    412: [
      'PreconditionFailed',
      'A condition of an entry does not hold, or holds of several.',
      'X-Submission-ID',
    ],
    413: ['TooLarge', 'The body is larger than MAX_BODY_BYTES, as sent or decompressed.'],
    414: [
      'UriTooLong',
      'The URL is longer than 20,000 characters: send a long search as POST <Type>/_search.',
    ],
    415: ['UnsupportedMediaType', 'The Content-Type or Content-Encoding is none that is read here.'],
    416: ['RangeNotSatisfiable', 'The range lies outside the document.', 'Content-Range'],
    422: ['Invalid', 'It breaks rules of severity error; every one of them is told.', 'X-Submission-ID'],
    429: ['TooManyRequests', 'More than this server is set to take from one client.', 'Retry-After'],
    431: [
      'HeadersTooLarge',
      'The head of the request is larger than 32 KiB, or has more than 200 fields; the connection may end.',
    ],
    500: ['Exception', 'A fault of ours. The request id finds it in our logs.'],
    503: [
      'Unavailable',
      'The database is away, or the server is busy: send the very same again shortly.',
      'Retry-After',
    ],
  };

export const faultName = (status: number): string => {
  const meaning = meanings[status];
  if (!meaning) throw new Error(`no meaning is written for status ${status}`);
  return meaning[0];
};

const example = (status: number, severity: string, code: string, rule: string, text: string): JsonObject => ({
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity,
      code,
      details: { coding: [{ system: 'https://homeward.dev/CodeSystem/rule', code: rule }], text },
      diagnostics: status === 422 ? `3.4.4 Encounter.status: ${text}` : text,
      ...(status === 422 ? { expression: ['Bundle.entry[2].resource.status'] } : {}),
    },
  ],
});

const examples: Readonly<Record<number, JsonObject>> = {
  401: example(
    401,
    'error',
    'login',
    'http-no-token',
    'A bearer token is needed: send Authorization: Bearer <token>.',
  ),
  403: example(
    403,
    'error',
    'forbidden',
    'http-scope',
    'The token’s scopes do not allow this; it takes system/Patient.s.',
  ),
  422: example(422, 'error', 'required', 'vw-enc-04', 'The Encounter should have a status; it is not given.'),
  503: example(503, 'error', 'transient', 'http-unavailable', 'The database is away for the moment.'),
};

export const faults: Readonly<Record<string, JsonObject>> = Object.fromEntries(
  Object.entries(meanings).map(([status, [name, description, ...headers]]) => {
    const sample = examples[Number(status)];
    return [
      name,
      {
        description,
        headers: Object.fromEntries(
          ['X-Request-ID', 'X-Correlation-ID', ...headers].map((header) => [header, ref('headers', header)]),
        ),
        content: {
          'application/fhir+json': {
            schema: ref('schemas', 'OperationOutcome'),
            ...(sample ? { example: sample } : {}),
          },
          'application/fhir+xml': { schema: ref('schemas', 'Xml') },
        },
      },
    ];
  }),
);
