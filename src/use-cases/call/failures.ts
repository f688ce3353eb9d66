/** The failures that several use cases share, each with a sentence that says how to correct the request. */
import { type Failed, failed } from './answered';

export const unknownResource = (): Failed =>
  failed('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no resource of this type with this id.',
  });

/** The answer would be larger than the limit. */
export const tooCostly = (maxBytes: number): Failed =>
  failed('forbidden', {
    code: 'too-costly',
    rule: 'answer-too-large',
    text: `The answer is larger than the ${maxBytes} bytes that this server puts into one. Ask for less of it, or read its parts one by one.`,
  });

/** The caller has disconnected. The failure is for the audit trail, because no answer can be sent. */
export const abandoned = (): Failed =>
  failed('bad-request', {
    code: 'incomplete',
    rule: 'http-abandoned',
    text: 'The connection ended before the server answered. Send the request again on a new connection.',
  });

/** A search reached the statement timeout. The caller must narrow it; the database is not at fault. */
const tookTooLong = (): Failed =>
  failed('bad-request', {
    code: 'too-costly',
    rule: 'search-too-costly',
    text: 'The search took longer than this server allows one to take: narrow it, by a patient or by a date.',
  });

/** Returns the result, or a failure when the statement timeout ended the search. */
export async function withinTime<T>(searching: Promise<T>): Promise<{ ok: true; answer: T } | Failed> {
  try {
    return { ok: true, answer: await searching };
  } catch (error) {
    if (!hasTimedOut(error)) throw error;
    return tookTooLong();
  }
}

/** True for SQLSTATE 57014, query_canceled, which PostgreSQL raises at a statement timeout. */
function hasTimedOut(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === '57014' || (cause !== undefined && hasTimedOut(cause));
}
