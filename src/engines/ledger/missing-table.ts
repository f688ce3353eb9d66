/** A table or column that is missing or was changed ends a check with an error: here it becomes a fault. */
import type { Faults } from './fault';

/** Class 42 of SQLSTATE: a table or column is not there, or is another than it was. No waiting helps. */
export function meansHarm(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = (each as Error).cause)
    if (String((each as { code?: unknown }).code).startsWith('42')) return true;
  return false;
}

/**
 * @returns what `check` gives, or `otherwise` where it can't be done
 * @throws what is not a harm of the database's definitions: a database that is away, a bug
 */
export async function harmless<T>(faults: Faults, otherwise: T, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!meansHarm(error)) throw error;
    faults.addOnce({
      kind: 'shape',
      text: 'A part could not be verified, because a table or column is missing or was changed.',
    });
    return otherwise;
  }
}
