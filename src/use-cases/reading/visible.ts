/** Finds the versions of a resource that a reader may see, and reads content that is kept elsewhere. */
import type { StoredVersion } from '../../engines/store/read';
import type { Visibility } from '../../engines/access/visibility';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

/**
 * Returns which versions of one resource the reader may see. A tombstone is visible to readers who could see the
 * version before it.
 */
export async function seenVersionsOf(
  type: string,
  id: string,
  visibility: Visibility,
  { database, searchEngine }: Pick<ReadingDependencies, 'database' | 'searchEngine'>,
): Promise<(version: Pick<StoredVersion, 'version' | 'deleted'>) => boolean> {
  const seen = await searchEngine.seenVersions(database, type, id, visibility);
  return ({ version, deleted }) => seen === null || seen.has(deleted ? version - 1 : version);
}

/** Adds the content to versions whose content is kept elsewhere. */
export async function withContents<V extends Pick<StoredVersion, 'type' | 'id' | 'deleted' | 'content'>>(
  { caller }: Pick<Reader, 'caller'>,
  versions: readonly V[],
  { viewOf }: Pick<ReadingDependencies, 'viewOf'>,
): Promise<V[]> {
  return Promise.all(
    versions.map(async (each) => {
      const view = each.deleted ? undefined : viewOf(each.type, caller);
      return view ? { ...each, content: await view.contentOf(each.id) } : each;
    }),
  );
}

/** False for documents: they are found through the resource that they belong to, and have no list. */
export const isListed = (type: string): boolean => type !== 'Binary';
