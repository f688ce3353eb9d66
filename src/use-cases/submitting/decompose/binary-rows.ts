/** Makes the rows of documents. Each document is a Binary that can be read by its id. Pure functions. */
import { isObject, type AnyResource } from '../../../fhir/types';
import type { PlainWrite, Row } from '../../../engines/store/commit';
import type { DocumentWrite } from '../../../engines/store/document-bytes';
import type { PlannedEntry } from '../next-version/plan';
import { documentHash } from '../../../fhir/hash-in-slices';
import { binaryBytes, type Document } from './documents';
import type { DecomposeInput } from './decompose-input';

export const isBinary = (resource: AnyResource): boolean => resource.resourceType === 'Binary';

/** A Binary that was sent as an entry is a document under that entry's id. */
export function ownDocument(each: PlannedEntry): { resource: AnyResource; documents: Document[] } {
  const read = binaryBytes(each.resource);
  if (!read) return { resource: each.resource, documents: [] };
  const document: Document = {
    binaryId: each.id,
    contentType: String(each.resource.contentType),
    sha256: documentHash('sha256', read.bytes),
    ...read,
  };
  return { resource: each.resource, documents: [document] };
}

const binaryColumns = [
  'id',
  'patient_id',
  'submission_id',
  'owner_type',
  'owner_id',
  'content_type',
  'size',
  'sha256',
  'last_updated',
  'security_context',
] as const;

export const binaryWrite = (rows: Row[]): PlainWrite => ({ table: 'binary', columns: binaryColumns, rows });

export function binaryRow(document: Document, each: PlannedEntry, input: DecomposeInput): Row {
  const context = each.resource.securityContext;
  return {
    id: document.binaryId,
    patient_id: each.patientId ?? (isBinary(each.resource) ? input.plan.patientId : null),
    submission_id: input.submissionId,
    owner_type: each.request.resource.resourceType,
    owner_id: each.id,
    content_type: document.contentType,
    size: document.bytes.length,
    sha256: `\\x${document.sha256.toString('hex')}`,
    last_updated: input.lastUpdated.toISOString(),
    security_context: isObject(context) && typeof context.reference === 'string' ? context.reference : null,
  };
}

/** Removes duplicates, so that each document is written once. */
export function distinct(documents: readonly Document[]): DocumentWrite[] {
  return [
    ...new Map(documents.map(({ sha256, bytes }) => [sha256.toString('hex'), { sha256, bytes }])).values(),
  ];
}
