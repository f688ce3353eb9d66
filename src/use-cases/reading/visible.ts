/** Which versions of a resource a reader sees, and the content of those whose content is kept elsewhere. */
import type { StoredVersion } from '../../engines/store/read';
import type { Visibility } from '../../engines/access/visibility';
import type { Reader } from '../call/reader';
import type { ReadingDependencies } from './dependencies';

/** Says of versions of one resource whether the reader sees them. A tombstone is seen by who saw what it ended. */
export async function seenVersionsOf(
  type: string,
  id: string,
  visibility: Visibility,
  { database, searchEngine }: Pick<ReadingDependencies, 'database' | 'searchEngine'>,
): Promise<(version: Pick<StoredVersion, 'version' | 'deleted'>) => boolean> {
  const seen = await searchEngine.seenVersions(database, type, id, visibility);
  return ({ version, deleted }) => seen === null || seen.has(deleted ? version - 1 : version);
}

/** The versions with their content, where that is kept elsewhere. */
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

/** Documents are found through what they belong to: they cannot be listed by themselves. */
export const isListed = (type: string): boolean => type !== 'Binary';
