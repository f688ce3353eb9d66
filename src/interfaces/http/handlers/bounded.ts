/** A search that takes longer than a statement may is the caller's to narrow, and no fault of the database. */
import { refused } from '../request-context';

/** @throws Refused (400) where the statement timeout has ended it */
export async function bounded<T>(searching: Promise<T>): Promise<T> {
  try {
    return await searching;
  } catch (error) {
    if (!hasTimedOut(error)) throw error;
    throw refused('bad-request', {
      code: 'too-costly',
      rule: 'search-too-costly',
      text: 'The search took longer than this server allows one to take: narrow it, by a patient or by a date.',
    });
  }
}

/** SQLSTATE 57014, query_canceled: what a statement timeout ends with. */
function hasTimedOut(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === '57014' || (cause !== undefined && hasTimedOut(cause));
}
