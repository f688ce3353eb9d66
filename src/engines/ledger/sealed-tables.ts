/** The tables of resources that the ledger covers, and the definitions from which their rows are made. */
import type { ResourceDefinition } from '../../definitions/resource-definition';

/** Where the rows of resources are. */
export interface FactTables {
  /** The table of each resource type; each of them has a `<name>_history`. */
  types: Readonly<Record<string, string>>;
  /** Resource tables whose rows are in no list: they are found by their submission. */
  unlisted: readonly string[];
  /** Tables that several types share, with the column that says which type a row is of. */
  shared: Readonly<Record<string, string>>;
}

/** The tables and definitions that `app.ts` passes on. */
export interface SealedTables extends FactTables {
  /** The definitions from which the derived columns of each type are made. */
  definitions: readonly ResourceDefinition[];
}

/** @param serverMade the types of which the server makes one resource for each submission */
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

/** Every resource table, including those whose rows are in no list. */
export function resourceTables({ types, unlisted }: FactTables): string[] {
  return [...new Set([...Object.values(types), ...unlisted])].sort();
}
