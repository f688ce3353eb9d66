/**
 * Makes the row of a resource for its table: a pure function, compiled once for each type. Columns without a value are
 * left out (they become NULL), so that many rows can be sent as one JSON list:
 * `INSERT INTO t (…) SELECT … FROM json_populate_recordset(NULL::t, $1::json)`.
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { SearchParameter, SqlValue } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';
import { indexingOf } from '.';
import { isBaseColumn, type Stored } from './columns';
import { isStored, writeParts } from './composite';
import type { Row } from './indexing';
import { compilePath } from './path';

/** Facts of a row that are not read from the resource. */
export interface RowBase {
  id: string;
  versionId: number;
  /** An instant, as `meta.lastUpdated` has it. */
  lastUpdated: string;
  /** The patient that the resource belongs to: the one that `table.patient` refers to; for a Patient its own id. */
  patientId: string | null;
  submissionId: string;
  sender: string;
  /** The resource as it will be answered: exact JSON text with id and meta. */
  content: string;
}

type Writer = (resource: AnyResource, row: Row) => void;

const compiled = new WeakMap<object, readonly Writer[]>();

/** The row of a resource whose references have been resolved. At most 20 µs for an Observation. */
export function rowOf(
  definition: Stored | ResourceDefinition,
  resource: AnyResource,
  base: RowBase,
): Record<string, SqlValue> {
  let writers = compiled.get(definition);
  if (writers === undefined) {
    writers = writersOf(definition);
    compiled.set(definition, writers);
  }
  const row: Row = {
    id: base.id,
    version_id: base.versionId,
    last_updated: base.lastUpdated,
    patient_id: base.patientId,
    submission_id: base.submissionId,
    sender: base.sender,
    content: base.content,
  };
  if (definition.table.typeColumn !== undefined) row[definition.table.typeColumn] = resource.resourceType;
  for (const write of writers) write(resource, row);
  return row;
}

function writersOf({ table, searchParameters }: Stored | ResourceDefinition): Writer[] {
  const writers: Writer[] = [];
  const done = new Set<string>();
  for (const parameter of searchParameters) {
    if (parameter.anyOf !== undefined || isBaseColumn(parameter) || done.has(parameter.column)) continue;
    if (parameter.type === 'composite') {
      if (!isStored(parameter)) continue;
      const sharing = searchParameters.filter(
        (other) => isStored(other) && other.column === parameter.column,
      );
      writers.push(writeParts(sharing, indexingOf));
    } else writers.push(writerOf(parameter));
    done.add(parameter.column);
  }
  for (const column of table.columns)
    writers.push((resource, row) => {
      const value = column.value(resource);
      if (value !== null) row[column.name] = value;
    });
  return writers;
}

function writerOf(parameter: SearchParameter): Writer {
  const walks = parameter.paths.map(compilePath);
  const write = indexingOf(parameter).write(parameter);
  const { filter, values } = parameter;
  return (resource, row) => {
    let found: unknown[] = [];
    if (values !== undefined) found = [...values(resource)];
    else for (const walk of walks) walk(resource, found);
    if (filter !== undefined) found = found.filter((value) => filter(value, resource));
    if (found.length > 0) write(found, row);
  };
}
