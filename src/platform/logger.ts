/**
 * Writes structured logs, one JSON object on each line: of a server on standard output, of a command on standard error.
 * Logs contain no patient data: only ids that the server made, names of callers, statuses, durations and rule ids are
 * passed in, and errors are reduced to their class, code and stack.
 * @see docs/logs.md
 */
import pino, { type DestinationStream, type Logger } from 'pino';
import { lostConnection } from './database-away';

export type { Logger };

export function createLogger(level: string, destination: DestinationStream = standardError()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    destination,
  );
}

/** Where a server writes its log. The supervisor of the process stores and rotates standard output. */
export const standardOutput = (): DestinationStream => linesOn(1);
const standardError = (): DestinationStream => linesOn(2);

function linesOn(fileDescriptor: number): DestinationStream {
  const destination = pino.destination({ dest: fileDescriptor, sync: true });
  // A closed terminal or a full disk accepts no more lines. The server must continue, or stop normally.
  destination.on('error', () => undefined);
  return destination;
}

/**
 * An error without its message, which may quote a row or a value: its class, code (`57P01`, `ECONNREFUSED`, or the fixed
 * words of the driver for a lost connection), constraint and stack frames. What it has described stays as it is.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return { type: typeof error };
  const { name, stack, cause, code, constraint, table, routine } = error as Record<string, unknown>;
  if (Array.isArray(stack)) return error as Record<string, unknown>;
  return {
    type: name,
    code: code ?? lostConnection(error),
    constraint,
    table,
    routine,
    stack: String(stack)
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .map((line) => line.trim()),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
