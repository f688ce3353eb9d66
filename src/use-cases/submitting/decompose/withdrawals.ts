/** What is withdrawn as tombstones of its tables. Pure functions. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { rowOf } from '../../../engines/indexing/row';
import type { Row, TableWithdrawal } from '../../../engines/store/commit';
import type { StoredResource } from '../stored-before/stored-resource';
import type { DecomposeInput } from './decompose-input';
import { writeTo, type Tables } from './tables';

export function withdrawalsOf({
  plan,
  submissionId,
  sender,
  definitionOf,
  ...input
}: DecomposeInput): TableWithdrawal[] {
  const lastUpdated = input.lastUpdated.toISOString();
  const byTable: Tables = new Map();
  for (const gone of plan.withdrawn) {
    const definition = definitionOf(gone.type);
    const tombstone = tombstoneOf(gone, { submissionId, sender, lastUpdated }, definition);
    writeTo(byTable, definition).rows.push(tombstone);
  }
  return [...byTable.values()].map(({ table, columns, rows }) => ({ table, columns, tombstones: rows }));
}

function tombstoneOf(
  gone: StoredResource,
  by: { submissionId: string; sender: string; lastUpdated: string },
  definition: ResourceDefinition,
): Row {
  return rowOf(definition, { resourceType: gone.type, id: gone.id } as AnyResource, {
    id: gone.id,
    versionId: gone.version + 1,
    lastUpdated: by.lastUpdated,
    patientId: gone.patientId,
    submissionId: by.submissionId,
    sender: by.sender,
    content: '',
  });
}
