/** `context.once` for a thing that is computed of each of several objects of a Bundle: once for each of them. */
import type { RuleContext } from '../../definitions/rule';

/**
 * @param key what is computed, such as the function that computes it
 * @param of the object that it is computed of
 */
export function onceFor<T>(context: RuleContext, key: object, of: object, compute: () => T): T {
  const known = context.once(key, () => new Map<object, T>());
  if (!known.has(of)) known.set(of, compute());
  return known.get(of) as T;
}
