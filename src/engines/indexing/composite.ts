/**
 * Indexes composites: several values that must occur together (`code$value`). If they occur together within one element
 * of many (`component`), each element is stored as a small row in a jsonb list, with the columns that its parts would
 * have in a table. If they are values of the resource itself, its own columns are used and nothing more is stored.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
import type { SearchParameter, SqlValue } from '../../definitions/table';
import type { JsonObject } from '../../fhir/types';
import type { Indexing, Row, StoredColumn } from './indexing';
import { compilePath, type Walk } from './path';

/** How one part of a composite is stored: as its own type. */
export type IndexingOf = (parameter: SearchParameter) => Indexing;

/** True when its elements are stored in a separate list. */
export function isStored(parameter: SearchParameter): boolean {
  return parameter.parts !== undefined;
}

/** The columns of the small rows in the list: those of every composite that shares the column. */
export function partColumns(sharing: readonly SearchParameter[], indexingOf: IndexingOf): StoredColumn[] {
  const columns = new Map<string, StoredColumn>();
  for (const part of partsOf(sharing))
    for (const column of indexingOf(part).columns(part)) columns.set(column.name, column);
  return [...columns.values()];
}

/** Writes the list of small rows of all composites that share a column. */
export function writeParts(
  sharing: readonly SearchParameter[],
  indexingOf: IndexingOf,
): (resource: JsonObject, row: Row) => void {
  const [first] = sharing;
  const roots = [...new Set(sharing.flatMap((parameter) => parameter.paths))].filter((path) => path !== '');
  const walks = roots.map(compilePath);
  const writers = partsOf(sharing).map((part) => ({
    walks: part.paths.map(compilePath),
    write: indexingOf(part).write(part),
  }));
  return (resource, row) => {
    const elements = reached(walks, resource);
    if (elements.length === 0 || first === undefined) return;
    row[first.column] = elements.map((element) => {
      const small: Row = {};
      for (const writer of writers) {
        const values = reached(writer.walks, element);
        if (values.length > 0) writer.write(values, small);
      }
      return small;
    }) as unknown as SqlValue;
  };
}

function reached(walks: readonly Walk[], node: unknown): unknown[] {
  const found: unknown[] = [];
  for (const walk of walks) walk(node, found);
  return found;
}

function partsOf(sharing: readonly SearchParameter[]): SearchParameter[] {
  const parts = new Map<string, SearchParameter>();
  for (const parameter of sharing) for (const part of parameter.parts ?? []) parts.set(part.code, part);
  return [...parts.values()];
}
