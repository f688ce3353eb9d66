/**
 * What a correction needs to know beside what is stored: which resources of earlier editions it may bring back, which
 * of the last one it may not withdraw.
 */
import type { Queryable } from '../../../platform/postgres';
import type { SubmitDependencies } from '../dependencies';
import {
  readCarriedElsewhere,
  readWithdrawn,
  type Earlier,
  type ResourcesToRead,
  type StoredBefore,
} from './stored-before';

/** Adds to the world what was withdrawn of the lineage, and what others carry of that which the last edition carried. */
export async function readLineage(
  tx: Queryable,
  before: StoredBefore,
  earlier: readonly Earlier[],
  lineage: { sender: string; identifier: string | undefined },
  { definitionOf }: SubmitDependencies,
): Promise<void> {
  const [corrected] = earlier;
  if (!corrected) return;
  const missing = new Set<string>();
  const carried = new Set<string>();
  for (const { type, id } of earlier.flatMap(({ stored }) => stored))
    if (definitionOf(type).withdrawable && !before.stored.has(`${type}/${id}`)) missing.add(`${type}/${id}`);
  // Also where the fullUrl is sent again: it may stand for something else now.
  for (const { type, id } of corrected.stored)
    if (definitionOf(type).withdrawable) carried.add(`${type}/${id}`);
  before.withdrawn = await readWithdrawn(tx, tablesOf(missing, definitionOf), lineage.sender);
  before.carriedElsewhere = await readCarriedElsewhere(tx, tablesOf(carried, definitionOf), lineage);
}

/** Ids by the table that they are in, of names `Type/id`. */
function tablesOf(
  names: ReadonlySet<string>,
  definitionOf: SubmitDependencies['definitionOf'],
): Pick<ResourcesToRead, 'definition' | 'ids'>[] {
  const tables = new Map<string, Pick<ResourcesToRead, 'definition' | 'ids'>>();
  for (const name of names) {
    const [type = '', id = ''] = name.split('/');
    const definition = definitionOf(type);
    const entry = tables.get(definition.table.name) ?? { definition, ids: new Set() };
    entry.ids.add(id);
    tables.set(definition.table.name, entry);
  }
  return [...tables.values()];
}
