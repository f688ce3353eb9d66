/** What decides whether a sender may change what every sender shares. @see semantics "Who is who"; docs/access.md */
import { isUuid } from '../../../fhir/uuid';
import type { Queryable } from '../../../platform/postgres';
import type { SubmitDependencies } from '../dependencies';
import type { EntryRequest, Received } from '../steps';
import { findPatientsOf } from './stored-before';

/**
 * Of the stored patients that a transaction updates, those of whom the sender has stored a stay or a document.
 * @param found what each condition finds in the store, by the entry's index
 */
export async function patientsInCare(
  tx: Queryable,
  requests: readonly EntryRequest[],
  found: ReadonlyMap<number, readonly string[]>,
  sender: string,
  { patients }: Pick<SubmitDependencies, 'patients'>,
): Promise<ReadonlySet<string>> {
  const ids = requests
    .filter(({ resource }) => resource.resourceType === patients.type)
    .flatMap(({ index, update, resource }) => {
      if (update === undefined) return [];
      if ('id' in update) return [update.id].filter(isUuid);
      // A condition finds only what the sender may see. The NHS number leads to the Patient all the same.
      const own = patients.idOfResource(resource);
      return [...(found.get(index) ?? []), ...(own === undefined ? [] : [own])];
    });
  return ids.length === 0 ? new Set() : findPatientsOf(tx, patients.careTables, sender, ids);
}

/**
 * The ids in the bodies of updates, where they differ from those that the urls name.
 * @param hidden ids that are not there, for this sender
 */
export function idsOfUpdates(requests: readonly EntryRequest[], hidden: ReadonlySet<string>): string[] {
  return requests.flatMap(({ update, resource: { id } }) => {
    if (update === undefined || typeof id !== 'string' || !isUuid(id)) return [];
    const given = id.toLowerCase();
    if (hidden.has(given)) return [];
    return 'id' in update && update.id.toLowerCase() === given ? [] : [given];
  });
}

/** An organisation acts for itself; for others as the site's policy says, without one for all. */
export function mayActFor(
  odsCode: string,
  { caller }: Pick<Received, 'caller'>,
  { maySubmitFor }: Pick<SubmitDependencies, 'maySubmitFor'>,
): boolean {
  return (odsCode !== '' && caller.odsCode === odsCode) || maySubmitFor(caller, [odsCode]).allowed;
}
