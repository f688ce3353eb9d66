/** What the caller of a request may see, and which versions of a resource that covers. @see src/engines/access/visibility.ts */
import { visibilityOf, type Visibility, type VisibilityDependencies } from '../../engines/access/visibility';
import type { Patients } from '../../definitions/patients';
import type { Queryable } from '../../platform/postgres';
import type { SearchEngine } from '../../engines/search/search';
import type { StoredVersion } from '../../engines/store/read';
import type { RequestContext } from './request-context';

export interface SightDependencies extends VisibilityDependencies {
  patients: Patients;
  searchEngine: Pick<SearchEngine, 'seenVersions'>;
}

export type Sight = Visibility;

export function sightOf({ caller, reach }: RequestContext, dependencies: SightDependencies): Sight {
  return visibilityOf(caller!, reach, dependencies);
}

/** Says of versions of one resource whether the caller sees them. A tombstone is seen by who saw what it ended. */
export async function seenVersionsOf(
  db: Queryable,
  type: string,
  id: string,
  sight: Sight,
  { searchEngine }: Pick<SightDependencies, 'searchEngine'>,
): Promise<(version: Pick<StoredVersion, 'version' | 'deleted'>) => boolean> {
  const seen = await searchEngine.seenVersions(db, type, id, sight);
  return ({ version, deleted }) => seen === null || seen.has(deleted ? version - 1 : version);
}
