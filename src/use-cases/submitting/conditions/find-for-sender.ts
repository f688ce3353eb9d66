/**
 * Runs a condition of a submission within what its sender may see, as if the sender had searched. Notes whom it is about
 * for the audit record.
 */
import {
  byBusinessIdentifier,
  visibilityOf,
  type Visibility,
  type VisibilityDependencies,
} from '../../../engines/access/visibility';
import type { SearchEngine } from '../../../engines/search/search';
import { patientsOfIdentifiers, type ForIdentifiers } from '../../call/patients-of-identifiers';
import { givesABusinessIdentifier } from './conditions-in';
import type { ForMatching } from '../dependencies';

export function findForSender(
  searchEngine: ForIdentifiers['searchEngine'] & Pick<SearchEngine, 'findIds'>,
  patients: ForIdentifiers['patients'],
  dependencies: VisibilityDependencies,
): ForMatching['findIds'] {
  return async (db, type, query, { caller, reach, asked }) => {
    const own: Visibility = visibilityOf(caller, reach, dependencies);
    const isGiven = givesABusinessIdentifier(query);
    const visibility = isGiven ? byBusinessIdentifier(type, own, caller) : own;
    const found = await searchEngine.findIds(db, type, query, visibility);
    if (!found.ok) return found;
    for (const id of found.patientIds) asked.patients.add(id);
    const isOne = found.ids.length === 1;
    if (isGiven && isOne) return found;
    // A question about hidden data is a question about its patient, whatever the answer.
    const params = [...new URLSearchParams(query)];
    const answer = {
      isWhole: isOne || found.ids.length === 0,
      namesPatients: isOne && found.patientIds.length === 1,
    };
    const about = { type, params, visibility, answer };
    const { definitionFor } = dependencies;
    const others = await patientsOfIdentifiers(db, about, { searchEngine, patients, definitionFor });
    for (const id of others) asked.patients.add(id);
    return found;
  };
}
