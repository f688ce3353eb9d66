/** Which tables of resources the ledger covers, and which definitions their rows are made by. */
import type { ResourceDefinition } from '../../definitions/resource-definition';

/** Where the rows of resources are. */
export interface FactTables {
  /** The table of each resource type; each of them has a `<name>_history`. */
  types: Readonly<Record<string, string>>;
  /** Resource tables whose rows no list names: found by the submission they belong to. */
  unlisted: readonly string[];
  /** Tables that several types share, with the column that says which type a row is of. */
  shared: Readonly<Record<string, string>>;
}

/** What the engines' definitions say: handed in by the composition root. */
export interface SealedTables extends FactTables {
  /** By which the derived columns of each type are made. */
  definitions: readonly ResourceDefinition[];
}

/** @param serverMade the types of which the server makes one for each submission */
export function sealedTablesOf(
  definitions: readonly ResourceDefinition[],
  serverMade: readonly ResourceDefinition[],
): SealedTables {
  const kept = definitions.filter(({ table }) => table.history !== false);
  return {
    types: Object.fromEntries(kept.map(({ type, table }) => [type, table.name])),
    unlisted: serverMade.map(({ table }) => table.name),
    shared: Object.fromEntries(
      kept.flatMap(({ table: { name, typeColumn } }) =>
        typeColumn === undefined ? [] : [[name, typeColumn]],
      ),
    ),
    definitions: kept,
  };
}

/** Every resource table, those without lists too. */
export function resourceTables({ types, unlisted }: FactTables): string[] {
  return [...new Set([...Object.values(types), ...unlisted])].sort();
}
