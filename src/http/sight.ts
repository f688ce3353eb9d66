/**
 * What a caller sees: what its scopes cover, of the patients whose data the site's policy lets it read, and of
 * submissions its own. Every read and search is carried out within it, so that nothing is found, counted, included or
 * reached by a chain that could not be read.
 * @see docs/access.md
 */
import type { Caller } from '../access/caller';
import type { ResourceDefinition } from '../definitions/resource-definition';
import type { Patients } from '../definitions/patients';
import type { Clause } from '../indexing/indexing';
import type { Queryable } from '../platform/postgres';
import type { SearchRequest } from '../search/request';
import type { SearchEngine } from '../search/search';
import type { StoredVersion } from '../store/read';
import type { Exchange } from './exchange';

/** Types of which a caller sees a part only, or whose content lies elsewhere. */
export interface TypeView {
  /** Which of them the caller sees; absent where all. */
  sees?: Clause;
  /** The content of one of them, as JSON text. */
  contentOf: (id: string) => Promise<string>;
}

export interface SightDependencies {
  definitionFor: (type: string) => ResourceDefinition | undefined;
  viewOf: (type: string, caller: Caller) => TypeView | undefined;
  patients: Patients;
  /** The condition that a row belongs to a patient of the organisation. */
  patientsOf: (odsCode: string) => Clause;
  searchEngine: Pick<SearchEngine, 'seenVersions'>;
}

export type Sight = Required<Pick<SearchRequest, 'allowed' | 'restrictions' | 'sees'>>;

export function sightOf({ caller, reach }: Exchange, dependencies: SightDependencies): Sight {
  const { scopes } = caller!;
  return {
    allowed: (type, interaction) => scopes.allows(type, interaction),
    restrictions: (type, interaction) => scopes.restrictions(type, interaction),
    sees: (type) => {
      const clauses: Clause[] = [];
      const view = dependencies.viewOf(type, caller!);
      if (view?.sees) clauses.push(view.sees);
      const definition = dependencies.definitionFor(type);
      const isPersonal = type === dependencies.patients.type || (definition?.table.patient.length ?? 0) > 0;
      if (reach.kind === 'organisation' && isPersonal) clauses.push(dependencies.patientsOf(reach.odsCode));
      if (clauses.length === 0) return null;
      return (alias, bind) => clauses.map((clause) => `(${clause(alias, bind)})`).join(' AND ');
    },
  };
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
