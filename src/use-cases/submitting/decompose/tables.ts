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

/** By the table. Types that share a table need not have the same columns, so it has those of every type among its rows. */
export type Tables = Map<string, TableWrite & { rows: Row[]; types: Set<string> }>;

/** The rows to write for a type. */
export function writeTo(tables: Tables, definition: ResourceDefinition): TableWrite & { rows: Row[] } {
  const { type, table } = definition;
  let write = tables.get(table.name);
  if (!write)
    tables.set(
      table.name,
      (write = { table: table.name, rows: [], updates: 0, columns: [], types: new Set() }),
    );
  if (!write.types.has(type)) {
    write.types.add(type);
    write.columns = [...new Set([...write.columns, ...columnsOf(definition).map((column) => column.name)])];
  }
  return write;
}

/** Writes versions straight to the history, for content that never was current. */
export const historyWrite = ({ table, columns, rows }: TableWrite): PlainWrite => ({
  table: `${table}_history`,
  columns,
  rows,
});
