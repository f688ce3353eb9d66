/**
 * Converts a thrown error into a failure to answer. An unexpected error is logged, and answered with a fixed sentence.
 */
import { describeError, type Logger } from '../../platform/logger';
import { meansDatabaseAway } from '../../platform/postgres';
import { type HttpFailure, Refused } from './request-context';

export function failureOf(error: unknown, log: Logger, requestId: string): HttpFailure {
  if (error instanceof Refused) return error.failure;
  if (meansDatabaseAway(error)) {
    log.warn({ requestId, err: describeError(error) }, 'the database is not available');
    return {
      category: 'unavailable',
      issues: [
        {
          severity: 'error',
          code: 'transient',
          rule: 'http-unavailable',
          text: 'The database is not available at the moment. Send the same request again soon. If the submission was stored, the server answers that it is a resend, and does not store it twice.',
        },
      ],
    };
  }
  // Express reports a path whose escapes are not UTF-8 in this way.
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 400) {
    return {
      category: 'bad-request',
      issues: [
        {
          severity: 'error',
          code: 'invalid',
          rule: 'http-url',
          text: 'The URL has an escape that is not UTF-8 text. Percent-encode each byte of the UTF-8 text.',
        },
      ],
    };
  }
  log.error({ requestId, err: describeError(error) }, 'an exception: a fault of the server');
  return {
    category: 'exception',
    issues: [
      {
        severity: 'fatal',
        code: 'exception',
        rule: 'http-exception',
        text: 'The server has an internal error. Give the request id to the operator, who can find the error in the logs.',
      },
    ],
  };
}
