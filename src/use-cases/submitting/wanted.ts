/** What a submission asks of the store before it is decided. */
import { isResourceType } from '../../fhir/r4/definitions';
import type { Queryable } from '../../platform/postgres';
import type { SubmitDependencies } from './dependencies';
import { literalName, patientIdOf, referencesAt } from './plan';
import type { Intent } from './steps';
import { hasOtherSubmissions, type Earlier, type Wanted, type World } from './world';

/** What to read: by id what is named or corrected, by key what could be the same. */
export function wantedOf(
  intents: readonly Intent[],
  corrected: Earlier | undefined,
  found: ReadonlyMap<number, readonly string[]>,
  { definitionOf, patients }: SubmitDependencies,
): Wanted[] {
  const byTable = new Map<string, Wanted>();
  const of = (type: string): Wanted => {
    const definition = definitionOf(type);
    const wanted = byTable.get(definition.table.name) ?? { definition, ids: new Set(), keys: new Set() };
    byTable.set(definition.table.name, wanted);
    return wanted;
  };
  for (const intent of intents) {
    const { resource } = intent;
    const wanted = of(resource.resourceType);
    if (resource.resourceType === patients.type) {
      const id = patients.idOfResource(resource);
      if (id !== undefined) wanted.ids.add(id);
    } else for (const key of wanted.definition.identity?.keys(resource) ?? []) wanted.keys.add(key);
    if (intent.update && 'id' in intent.update) wanted.ids.add(uuidOrNone(intent.update.id));
    for (const id of found.get(intent.index) ?? []) wanted.ids.add(id);
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
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? id.toLowerCase()
    : '00000000-0000-0000-0000-000000000000';
}

interface Correction {
  world: World;
  intents: readonly Intent[];
  corrected: Earlier | undefined;
  sender: string;
  /** That of the lineage. */
  identifier: string | undefined;
}

/** Whether the stored patients of a correction came from its lineage alone. */
export async function solely(
  tx: Queryable,
  { world, intents, corrected, sender, identifier }: Correction,
  { patients, tables }: Pick<SubmitDependencies, 'patients' | 'tables'>,
): Promise<(patientId: string) => boolean> {
  const ours = new Set<string>();
  if (corrected && intents.some(({ resource }) => resource.resourceType === patients.type)) {
    for (const stored of world.stored.values()) {
      if (stored.type !== patients.type || corrected.patientId !== stored.id) continue;
      if (!(await hasOtherSubmissions(tx, stored.id, { sender, identifier }, tables))) ours.add(stored.id);
    }
  }
  return (patientId) => ours.has(patientId);
}
