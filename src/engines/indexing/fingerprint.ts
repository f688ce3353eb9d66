/**
 * The fingerprint of a definition: what its rows' derived columns follow from. Two fingerprints differ where the table,
 * a column, a parameter's paths or functions, or the code that they are made by differ; the rows are then made anew.
 */
import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { columnsOf } from './columns';

/** @param code stands for the source that makes rows of this type: any change of it is another text */
export function fingerprintOf(definition: ResourceDefinition, code: string): string {
  const { type, table, searchParameters } = definition;
  const said = {
    type,
    table: table.name,
    typeColumn: table.typeColumn ?? null,
    columns: columnsOf(definition).map(({ name, type: sqlType }) => [name, sqlType]),
    parameters: searchParameters.map(({ documentation: _documentation, ...parameter }) => parameter),
    values: table.columns.map(({ name, value }) => [name, value]),
    code,
  };
  const text = JSON.stringify(said, (_name, value: unknown) =>
    typeof value === 'function' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex');
}
