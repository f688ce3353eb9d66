/** `context.once`: what several rules need of one Bundle is computed once, and forgotten with the Bundle. */
import type { RuleContext } from '../../definitions/rule';

export function onceForABundle(): RuleContext['once'] {
  const known = new Map<object, unknown>();
  return <T>(key: object, compute: () => T): T => {
    if (!known.has(key)) known.set(key, compute());
    return known.get(key) as T;
  };
}
