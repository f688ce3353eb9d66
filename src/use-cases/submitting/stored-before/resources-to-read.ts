/** Determines which stored resources a submission needs. */
import { isResourceType } from '../../../fhir/r4/definitions';
import { isUuid } from '../../../fhir/uuid';
import type { SubmitDependencies } from '../dependencies';
import { literalName, patientIdOf, referencesAt } from '../match/references';
import type { Earlier } from '../recognise/earlier-submissions';
import type { EntryRequest } from '../steps';
import type { ResourcesToRead } from './stored-resource';

/** What to read: by id the resources that are named or corrected, by key those that could be the same. */
export function resourcesToRead(
  requests: readonly EntryRequest[],
  corrected: Earlier | undefined,
  found: ReadonlyMap<number, readonly string[]>,
  led: ReadonlyMap<number, string>,
  { definitions: { definitionOf, patients }, idOfKey }: Pick<SubmitDependencies, 'definitions' | 'idOfKey'>,
): ResourcesToRead[] {
  const byTable = new Map<string, ResourcesToRead>();
  const of = (type: string): ResourcesToRead => {
    const definition = definitionOf(type);
    const wanted = byTable.get(definition.table.name) ?? { definition, ids: new Set(), keys: new Set() };
    byTable.set(definition.table.name, wanted);
    return wanted;
  };
  for (const request of requests) {
    const { resource } = request;
    const wanted = of(resource.resourceType);
    // Types that share a table have identities and patients of their own.
    const { identity, table } = definitionOf(resource.resourceType);
    if (resource.resourceType === patients.type) {
      const id = patients.idOfResource(resource);
      if (id !== undefined) wanted.ids.add(id);
    } else {
      for (const key of identity?.keys(resource) ?? []) {
        wanted.keys.add(key);
        // Read the resource with the id that the key gives too: it may exist under another key, and the id is taken
        // then.
        if (identity?.idFollowsKey === true) wanted.ids.add(idOfKey(resource.resourceType, key));
      }
    }
    if (request.update && 'id' in request.update) wanted.ids.add(uuidOrNone(request.update.id));
    for (const id of found.get(request.index) ?? []) wanted.ids.add(id);
    // Read the organisation that a literal reference names as the custodian, for its ODS code.
    for (const reference of referencesAt(resource, ['custodian'])) {
      const name = literalName(reference);
      if (name && isResourceType(name.type) && definitionOf(name.type).merge) of(name.type).ids.add(name.id);
    }
    for (const path of table.patient) {
      for (const reference of referencesAt(resource, path.split('.'))) {
        const id = patientIdOf(reference, patients, resource);
        if (id !== undefined) of(patients.type).ids.add(id);
      }
    }
  }
  for (const id of led.values()) of(patients.type).ids.add(id);
  for (const { type, id } of corrected?.stored ?? []) of(type).ids.add(id);
  return [...byTable.values()].filter(({ ids, keys }) => ids.size + keys.size > 0);
}

/**
 * Replaces an id that is not a UUID with one that finds nothing, because PostgreSQL would refuse to compare it with a
 * uuid column.
 */
function uuidOrNone(id: string): string {
  return isUuid(id) ? id.toLowerCase() : '00000000-0000-0000-0000-000000000000';
}
