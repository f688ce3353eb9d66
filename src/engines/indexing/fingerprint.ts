/**
 * Makes the fingerprint of a definition, which covers everything that the derived columns of its rows depend on. Two
 * fingerprints differ when the table, a column, a parameter's paths or functions, or the code differ; the rows are then
 * rebuilt.
 */
import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { columnsOf } from './columns';

/** @param code a hash of the source that makes rows of this type; it changes with every change of the source */
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
