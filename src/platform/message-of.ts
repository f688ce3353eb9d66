/**
 * The message of a caught error for an operator's log, with that of its cause, which contains the reason for a failed
 * `fetch`. Only for key sources and configuration files, whose errors contain no patient data.
 */
export function messageOf(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { message?: unknown } };
  const text = typeof message === 'string' ? message : 'unknown';
  return typeof cause?.message === 'string' && cause.message !== '' ? `${text} (${cause.message})` : text;
}
