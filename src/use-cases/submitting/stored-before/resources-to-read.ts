/** What a submission asks of the store before it is decided. */
import { isUuid } from '../../../fhir/uuid';
import { isResourceType } from '../../../fhir/r4/definitions';
import type { Queryable } from '../../../platform/postgres';
import type { SubmitDependencies } from '../dependencies';
import { literalName, patientIdOf, referencesAt } from '../match/plan';
import type { EntryRequest } from '../steps';
import { hasOtherSubmissions, type Earlier, type ResourcesToRead, type StoredBefore } from './stored-before';

/** What to read: by id what is named or corrected, by key what could be the same. */
export function resourcesToRead(
  requests: readonly EntryRequest[],
  corrected: Earlier | undefined,
  found: ReadonlyMap<number, readonly string[]>,
  { definitionOf, patients, idOfKey }: SubmitDependencies,
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
    if (resource.resourceType === patients.type) {
      const id = patients.idOfResource(resource);
      if (id !== undefined) wanted.ids.add(id);
    } else {
      const { identity } = wanted.definition;
      for (const key of identity?.keys(resource) ?? []) {
        wanted.keys.add(key);
        // Whoever has the id that follows from the key is asked for, too: the id is taken then.
        if (identity?.idFollowsKey === true) wanted.ids.add(idOfKey(resource.resourceType, key));
      }
    }
    if (request.update && 'id' in request.update) wanted.ids.add(uuidOrNone(request.update.id));
    for (const id of found.get(request.index) ?? []) wanted.ids.add(id);
    // Whoever is named as the custodian by a literal reference is asked for its code.
    for (const reference of referencesAt(resource, ['custodian'])) {
      const name = literalName(reference);
      if (name && isResourceType(name.type) && definitionOf(name.type).merge) of(name.type).ids.add(name.id);
    }
    for (const path of wanted.definition.table.patient) {
      for (const reference of referencesAt(resource, path.split('.'))) {
        const id = patientIdOf(reference, patients);
        if (id !== undefined) of(patients.type).ids.add(id);
      }
    }
  }
  for (const { type, id } of corrected?.stored ?? []) of(type).ids.add(id);
  return [...byTable.values()].filter(({ ids, keys }) => ids.size + keys.size > 0);
}

/** An id that this server never gave finds nothing, and must not reach a uuid column. */
function uuidOrNone(id: string): string {
  return isUuid(id) ? id.toLowerCase() : '00000000-0000-0000-0000-000000000000';
}

interface Correction {
  before: StoredBefore;
  requests: readonly EntryRequest[];
  corrected: Earlier | undefined;
  sender: string;
  /** That of the lineage. */
  identifier: string | undefined;
}

/** Whether the stored patients of a correction came from its lineage alone. */
export async function solely(
  tx: Queryable,
  { before, requests, corrected, sender, identifier }: Correction,
  { patients, tables }: Pick<SubmitDependencies, 'patients' | 'tables'>,
): Promise<(patientId: string) => boolean> {
  const ours = new Set<string>();
  if (corrected && requests.some(({ resource }) => resource.resourceType === patients.type)) {
    for (const stored of before.stored.values()) {
      if (stored.type !== patients.type || corrected.patientId !== stored.id) continue;
      if (!(await hasOtherSubmissions(tx, stored.id, { sender, identifier }, tables))) ours.add(stored.id);
    }
  }
  return (patientId) => ours.has(patientId);
}
