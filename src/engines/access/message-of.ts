/**
 * What a caught error says, for an operator's log: its message, and that of its cause, which is where `fetch` tells
 * what went wrong. For key sources and configuration files only, whose errors speak of no patient.
 */
export function messageOf(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { message?: unknown } };
  const text = typeof message === 'string' ? message : 'unknown';
  return typeof cause?.message === 'string' && cause.message !== '' ? `${text} (${cause.message})` : text;
}
