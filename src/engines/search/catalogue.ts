/** Indexes the definitions for the search engine: by type, and by parameter code. Made once at start. */
import type { SearchParameter } from '../../definitions/table';
import { columnsOf, type Stored } from '../indexing/columns';

export interface SearchedType extends Stored {
  parameters: ReadonlyMap<string, SearchParameter>;
  /** The table's columns, quoted, for reading the table and its history together. */
  columnList: string;
}

export interface Catalogue {
  types: ReadonlyMap<string, SearchedType>;
  names: readonly string[];
}

export function catalogueOf(definitions: readonly Stored[]): Catalogue {
  const columns = new Map<string, Set<string>>();
  for (const definition of definitions) {
    const ofTable = columns.get(definition.table.name) ?? new Set<string>();
    for (const column of columnsOf(definition)) ofTable.add(column.name);
    columns.set(definition.table.name, ofTable);
  }
  const types = new Map<string, SearchedType>();
  for (const { type, table, searchParameters } of definitions) {
    const names = [...(columns.get(table.name) ?? [])];
    types.set(type, {
      type,
      table,
      searchParameters,
      parameters: new Map(searchParameters.map((parameter) => [parameter.code, parameter])),
      columnList: names.map((name) => `"${name}"`).join(', '),
    });
  }
  return { types, names: [...types.keys()] };
}
