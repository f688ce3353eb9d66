/** The error answers by status. Each is an OperationOutcome in the format that the caller accepts. */
import type { JsonObject } from '../../../fhir/types';
import { ref } from './shapes';

/** The name in `components.responses` of each status, and what it means. */
const meanings: Readonly<Record<number, readonly [name: string, description: string, ...headers: string[]]>> =
  {
    400: [
      'BadRequest',
      'The body is not JSON or XML, not FHIR or not a Bundle, or the query cannot be read.',
    ],
    401: ['Unauthenticated', 'There is no token, or the token is not valid.', 'WWW-Authenticate'],
    403: ['Forbidden', 'The scopes of the token do not allow the request.'],
    404: ['NotFound', 'The path, type or id does not exist.'],
    406: ['NotAcceptable', 'The server cannot send any format in `Accept` or `_format`.'],
    408: [
      'TooSlow',
      'The header of the request did not arrive within REQUEST_TIMEOUT_SECONDS, or its body arrived slower than MIN_UPLOAD_BYTES_PER_SECOND. The server closes the connection.',
    ],
    409: [
      'Conflict',
      'The correction is older than the stored version, or there is a conflict of identity.',
      'X-Submission-ID',
    ],
    410: ['Gone', 'The resource was withdrawn by a correction. Its history still exists.', 'ETag'],
    412: [
      'PreconditionFailed',
      'The condition of an entry is not met, or matches several resources.',
      'X-Submission-ID',
    ],
    413: ['TooLarge', 'The body is larger than MAX_BODY_BYTES, before or after decompression.'],
    414: [
      'UriTooLong',
      'The URL is longer than 20,000 characters. Send a long search as POST <Type>/_search.',
    ],
    415: ['UnsupportedMediaType', 'The server does not support the Content-Type or Content-Encoding.'],
    416: ['RangeNotSatisfiable', 'The range is outside the document.', 'Content-Range'],
    422: [
      'Invalid',
      'The content breaks rules with severity error. The answer lists all of them.',
      'X-Submission-ID',
    ],
    429: ['TooManyRequests', 'The client exceeded its limit on this server.', 'Retry-After'],
    431: [
      'HeadersTooLarge',
      'The header of the request is larger than 32 KiB, or has more than 200 fields. The server may close the connection.',
    ],
    500: [
      'Exception',
      'An internal error of the server. The operator can find it in the logs by the request id.',
    ],
    503: [
      'Unavailable',
      'The database is not available, or the server is busy. Send the same request again soon.',
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
    'This request needs an access token. Send it as Authorization: Bearer <token>.',
  ),
  403: example(
    403,
    'error',
    'forbidden',
    'http-scope',
    'The scopes of the token do not allow this request. It needs system/Patient.s.',
  ),
  422: example(
    422,
    'error',
    'required',
    'vw-enc-04',
    '`Encounter.status` is missing. Send one of `planned`, `arrived`, `triaged`, `in-progress`, `onleave`, `finished`, `cancelled`, `entered-in-error`, `unknown`.',
  ),
  503: example(503, 'error', 'transient', 'http-unavailable', 'The database is not available at the moment.'),
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
