/** What records lead to may be followed to, within what the reader may see. */
import type { Caller } from '../../engines/access/caller';
import type { Visibility } from '../../engines/access/visibility';
import type { ReadingDependencies } from './dependencies';
import type { Gathering } from './gather';

/** Submissions and documents have their contents elsewhere; what is written once (the audit trail) is no record of care. */
export function isFollowed(
  type: string,
  caller: Caller,
  { definitionFor, viewOf }: Pick<ReadingDependencies, 'definitionFor' | 'viewOf'>,
): boolean {
  const definition = definitionFor(type);
  return definition !== undefined && definition.table.history !== false && !viewOf(type, caller);
}

/** What may be read may be gathered, whether it may be searched or not. */
export const readingOf = (visibility: Visibility): Gathering['who'] => ({
  allowed: (type) => visibility.allowed(type, 'r'),
  restrictions: (type) => visibility.restrictions(type, 'r'),
  sees: visibility.sees,
});
