/** The rows that a submission writes, by table. They are added one by one. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { stringify } from '../../../fhir/decimal';
import type { AnyResource } from '../../../fhir/types';
import { columnsOf } from '../../../engines/indexing/columns';
import { rowOf } from '../../../engines/indexing/row';
import type { PlainWrite, Row, TableWrite } from '../../../engines/store/commit';
import type { PlannedEntry } from '../next-version/plan';
import { withServerMeta } from './server-meta';
import type { DecomposeInput } from './decompose-input';

/** One version of one resource. */
export type Version = Pick<PlannedEntry, 'id' | 'version' | 'patientId'>;

/** One version of a resource as a row of its table. */
export function rowFor(
  definition: ResourceDefinition,
  resource: AnyResource,
  { id, version, patientId }: Version,
  input: Pick<DecomposeInput, 'lastUpdated' | 'submissionId' | 'sender'>,
): Row {
  const lastUpdated = input.lastUpdated.toISOString();
  const whole = withServerMeta(resource, id, version, lastUpdated);
  return rowOf(definition, whole, {
    id,
    versionId: version,
    lastUpdated,
    patientId,
    submissionId: input.submissionId,
    sender: input.sender,
    content: stringify(whole),
  });
}

/** The rows of one table, with the columns of every type among them: types that share a table need not have the same. */
export interface RowsOfTable {
  table: string;
  columns: readonly string[];
  rows: Row[];
  types: Set<string>;
}

export type RowsByTable<Of extends RowsOfTable = RowsOfTable> = Map<string, Of>;

/** The rows of the table of a type, to add to. */
export function rowsOf(tables: RowsByTable, definition: ResourceDefinition): RowsOfTable {
  const { name } = definition.table;
  return withColumns(tables, definition, { table: name, columns: [], rows: [], types: new Set() });
}

export type Tables = RowsByTable<TableWrite & RowsOfTable>;

/** The rows to write for a type. */
export function writeTo(tables: Tables, definition: ResourceDefinition): TableWrite & RowsOfTable {
  const { name } = definition.table;
  return withColumns(tables, definition, {
    table: name,
    columns: [],
    rows: [],
    types: new Set(),
    updates: 0,
  });
}

function withColumns<Of extends RowsOfTable>(
  tables: RowsByTable<Of>,
  definition: ResourceDefinition,
  empty: Of,
): Of {
  const of = tables.get(empty.table) ?? empty;
  tables.set(empty.table, of);
  if (!of.types.has(definition.type)) {
    of.types.add(definition.type);
    of.columns = [...new Set([...of.columns, ...columnsOf(definition).map(({ name }) => name)])];
  }
  return of;
}

/** Writes versions straight to the history, for content that never was current. */
export const historyWrite = ({ table, columns, rows }: RowsOfTable): PlainWrite => ({
  table: `${table}_history`,
  columns,
  rows,
});
