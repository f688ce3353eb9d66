/**
 * Makes the derived columns of a stored version again from the stored facts, for verification and reindexing. A pure
 * function: the same facts and the same definition give the same row.
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { SqlValue } from '../../definitions/table';
import { readStored } from '../../fhir/json';
import { isResource, type AnyResource } from '../../fhir/types';
import type { Stored } from './columns';
import { rowOf } from './row';

/** The facts of a version that its derived columns depend on. A withdrawal has no content. */
export interface StoredFacts {
  type: string;
  id: string;
  version_id: number;
  content: string | null;
}

/**
 * @returns the row with the derived columns that have a value; undefined when the content is not a resource of the type
 */
export function derivedRow(
  definition: Stored | ResourceDefinition,
  { type, id, version_id, content }: StoredFacts,
): Record<string, SqlValue> | undefined {
  const resource = resourceOf(type, id, content);
  if (resource === undefined) return undefined;
  const {
    content: _content,
    last_updated: _lastUpdated,
    patient_id: _patientId,
    submission_id: _submissionId,
    sender: _sender,
    ...row
  } = rowOf(definition, resource, {
    id,
    versionId: version_id,
    lastUpdated: '',
    patientId: null,
    submissionId: '',
    sender: '',
    content: '',
  });
  return row;
}

function resourceOf(type: string, id: string, content: string | null): AnyResource | undefined {
  if (content === null || content === '') return { resourceType: type, id };
  const resource = readStored(content);
  return isResource(resource) && resource.resourceType === type ? resource : undefined;
}
