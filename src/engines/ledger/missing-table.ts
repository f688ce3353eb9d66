/** Converts the error about a missing or changed table or column into a fault, so that the check can continue. */
import type { Faults } from './fault';

/** True for class 42 of SQLSTATE: a table or column does not exist or was changed. Waiting does not help. */
export function meansHarm(error: unknown): boolean {
  for (let each = error; typeof each === 'object' && each !== null; each = (each as Error).cause)
    if (String((each as { code?: unknown }).code).startsWith('42')) return true;
  return false;
}

/**
 * @returns the result of `check`, or `otherwise` when it cannot run
 * @throws other errors: a database that is not available, a bug
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
