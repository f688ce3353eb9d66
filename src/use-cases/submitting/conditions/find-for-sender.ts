/**
 * Runs a condition of a submission within what its sender may see, as if the sender had searched. Notes what it finds
 * for the audit record.
 */
import {
  byBusinessIdentifier,
  seesEverything,
  visibilityOf,
  type Visibility,
  type VisibilityDependencies,
} from '../../../engines/access/visibility';
import type { SearchEngine } from '../../../engines/search/search';
import { givesABusinessIdentifier } from './conditions-in';
import type { ForMatching } from '../dependencies';

export function findForSender(
  searchEngine: Pick<SearchEngine, 'findIds'>,
  dependencies: VisibilityDependencies,
): ForMatching['findIds'] {
  return async (db, type, query, { caller, reach, asked }) => {
    const own: Visibility = visibilityOf(caller, reach, dependencies);
    const visibility = givesABusinessIdentifier(query) ? byBusinessIdentifier(type, own, caller) : own;
    const found = await searchEngine.findIds(db, type, query, visibility);
    if (!found.ok) return found;
    for (const id of found.patientIds) asked.patients.add(id);
    // A question about hidden data is a question about its patient, whatever the answer.
    const isHiding = found.ids.length === 0 && visibility.sees(type) !== null;
    if (isHiding && givesABusinessIdentifier(query)) {
      const hidden = await searchEngine.findIds(db, type, query, seesEverything);
      if (hidden.ok) for (const id of hidden.patientIds) asked.patients.add(id);
    }
    return found;
  };
}
