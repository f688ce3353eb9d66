/**
 * The columns of a resource type's table: those that every table has, those of its search parameters, and those that
 * its definition adds for analysts.
 * @see docs/tables.md
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { SearchParameter, SqlType, TableDefinition } from '../../definitions/table';
import { indexingOf } from '.';
import { isStored } from './composite';
import type { StoredColumn } from './indexing';

/** The parts of a definition that the tables need; `ResourceDefinition` has more. */
export interface Stored {
  type: string;
  table: TableDefinition;
  searchParameters: readonly SearchParameter[];
}

/** The first columns of every table. PostgreSQL sets `xid` to the transaction, so inserts leave it out. */
export const BASE_COLUMNS: readonly StoredColumn[] = [
  { name: 'id', type: 'uuid', comment: 'The id of the resource' },
  { name: 'version_id', type: 'integer', comment: '`meta.versionId`' },
  { name: 'last_updated', type: 'timestamptz', comment: '`meta.lastUpdated`' },
  { name: 'patient_id', type: 'uuid', comment: 'The patient it belongs to' },
  { name: 'submission_id', type: 'uuid', comment: 'The submission that stored this version' },
  { name: 'sender', type: 'text', comment: 'The organisation that sent this version' },
  { name: 'content', type: 'text', comment: 'The resource as the server returns it: exact JSON text' },
];

/** The names of the columns that are stated and not computed, but for `xid` and the type. */
const BASE_NAMES: ReadonlySet<string> = new Set(BASE_COLUMNS.map(({ name }) => name));

/**
 * The derived columns of a table: those that `rowOf` makes from a resource, by the definitions that share the table. A
 * column that a type's definition does not have is empty in its rows.
 */
export function derivedColumnsOf(definitions: readonly (Stored | ResourceDefinition)[]): string[] {
  const names = new Set<string>();
  for (const definition of definitions)
    for (const { name } of columnsOf(definition))
      if (!BASE_NAMES.has(name) && name !== definition.table.typeColumn) names.add(name);
  return [...names];
}

const columnsKnown = new WeakMap<object, readonly StoredColumn[]>();

/**
 * The columns of a type's table, in their order, without `xid`. Found once for each definition.
 * @throws when two parameters use one name for different columns, which is a mistake in a definition
 */
export function columnsOf(definition: Stored | ResourceDefinition): readonly StoredColumn[] {
  const columns = columnsKnown.get(definition) ?? collect(definition);
  columnsKnown.set(definition, columns);
  return columns;
}

function collect(definition: Stored | ResourceDefinition): readonly StoredColumn[] {
  const { table, searchParameters } = definition;
  const columns = new Map<string, StoredColumn>();
  const add = (column: StoredColumn): void => {
    const same = columns.get(column.name);
    if (same !== undefined && same.type !== column.type)
      throw new Error(`${definition.type}: column ${column.name} is both ${same.type} and ${column.type}`);
    if (same === undefined) columns.set(column.name, column);
  };
  for (const column of BASE_COLUMNS) add(column);
  if (table.typeColumn !== undefined)
    add({ name: table.typeColumn, type: 'text', comment: 'The resource type' });
  for (const parameter of searchParameters) for (const column of columnsOfParameter(parameter)) add(column);
  for (const { name, type, comment } of table.columns) add({ name, type, comment });
  return [...columns.values()];
}

function columnsOfParameter(
  parameter: SearchParameter,
): readonly { name: string; type: SqlType; comment: string }[] {
  if (parameter.anyOf !== undefined || isBaseColumn(parameter)) return [];
  if (parameter.type !== 'composite') return indexingOf(parameter).columns(parameter);
  return isStored(parameter)
    ? [
        {
          name: parameter.column,
          type: 'jsonb',
          comment: `Elements of \`${parameter.column}\`, as small rows`,
        },
      ]
    : [];
}

/** `_id` and `_lastUpdated` are asked of columns that every table has. */
export function isBaseColumn(parameter: SearchParameter): boolean {
  return parameter.code === '_id' || parameter.code === '_lastUpdated';
}
