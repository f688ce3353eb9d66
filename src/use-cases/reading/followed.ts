/** Decides which types of resources an answer may follow references to, within what the reader may see. */
import type { Caller } from '../../engines/access/caller';
import type { Visibility } from '../../engines/access/visibility';
import type { ReadingDependencies } from './dependencies';
import type { Gathering } from './gather';

/**
 * False for submissions and documents, whose contents are kept elsewhere, and for types that are only ever added (the
 * audit trail), which are not records of care.
 */
export function isFollowed(
  type: string,
  caller: Caller,
  { definitionFor, viewOf }: Pick<ReadingDependencies, 'definitionFor' | 'viewOf'>,
): boolean {
  const definition = definitionFor(type);
  return definition !== undefined && definition.table.history !== false && !viewOf(type, caller);
}

/** A visibility in which read permission is enough: the reader need not be allowed to search. */
export const readingOf = (visibility: Visibility): Gathering['who'] => ({
  allowed: (type) => visibility.allowed(type, 'r'),
  restrictions: (type) => visibility.restrictions(type, 'r'),
  sees: visibility.sees,
});
