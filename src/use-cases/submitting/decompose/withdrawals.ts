/** What is withdrawn as tombstones of its tables. Pure functions. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { columnsOf } from '../../../engines/indexing/columns';
import { rowOf } from '../../../engines/indexing/row';
import type { Row, TableWithdrawal } from '../../../engines/store/commit';
import type { StoredResource } from '../stored-before/stored-resource';
import type { DecomposeInput } from './decompose-input';

export function withdrawalsOf({
  plan,
  submissionId,
  sender,
  definitionOf,
  ...input
}: DecomposeInput): TableWithdrawal[] {
  const lastUpdated = input.lastUpdated.toISOString();
  const byTable = new Map<string, TableWithdrawal & { tombstones: Row[] }>();
  for (const gone of plan.withdrawn) {
    const definition = definitionOf(gone.type);
    const { name } = definition.table;
    const entry = byTable.get(name) ?? {
      table: name,
      columns: columnsOf(definition).map((column) => column.name),
      tombstones: [],
    };
    entry.tombstones.push(tombstoneOf(gone, { submissionId, sender, lastUpdated }, definition));
    byTable.set(name, entry);
  }
  return [...byTable.values()];
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
