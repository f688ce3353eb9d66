/** The table of HTTP statuses for failures. @see contract "What bad input gets" */
import type { FailureCategory } from '../../fhir/issue';

export const statusOf: Readonly<Record<FailureCategory, number>> = {
  unreadable: 400,
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'too-slow': 408,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'range-not-satisfiable': 416,
  invalid: 422,
  throttled: 429,
  'headers-too-large': 431,
  exception: 500,
  unavailable: 503,
};

/** The status of a submission that is stored now or was stored before. */
const STATUS_OF_SUCCESS = { created: 201, ok: 200 };

/** The status recorded for a submission: the one that HTTP would answer, for every interface. */
export const statusOfSubmission = (outcome: FailureCategory | 'created' | 'ok'): number =>
  outcome === 'created' || outcome === 'ok' ? STATUS_OF_SUCCESS[outcome] : statusOf[outcome];
