/**
 * The parts of a document Bundle, and the Bundle that they become.
 * @see https://hl7.org/fhir/R4/documents.html
 */
import { readStored } from '../../fhir/json';
import { isResource, type AnyResource, type JsonObject } from '../../fhir/types';
import type { Slices } from '../../fhir/slices';
import { inSlices } from '../../platform/in-slices';
import type { ByteSource, Queryable } from '../../platform/postgres';
import { readBinary, type BinaryRecord } from '../../engines/store/binary';
import type { Documents } from '../../engines/store/documents';
import type { StoredVersion } from '../../engines/store/read';
import { CONFIDENTIALITY, restrictionOf } from '../../terminology/confidentiality';

export interface DocumentPart {
  type: string;
  id: string;
  versionId: number;
  patientId: string | null;
  /** JSON text. */
  content: string;
}

const BINARY = /"url":"Binary\/([0-9a-f-]{36})"/g;
export const partOf = ({ type, id, version, patientId, content }: StoredVersion): DocumentPart => ({
  type,
  id,
  versionId: version,
  patientId,
  content,
});

/**
 * Reads the documents that parts refer to, as Binary resources: a document Bundle carries everything that it refers to.
 * @param decide says whether to include a document, leave it out, or end the work
 * @returns undefined when the work was ended
 */
export async function binariesOf(
  { database, documents }: { database: Queryable & ByteSource; documents: Pick<Documents, 'read'> },
  parts: readonly DocumentPart[],
  decide: (record: BinaryRecord) => Promise<'take' | 'leave out' | 'end'>,
): Promise<DocumentPart[] | undefined> {
  const binaries: DocumentPart[] = [];
  for (const id of await inSlices(binaryIdsIn(parts))) {
    const record = await readBinary(database, id);
    const decision = record ? await decide(record) : 'leave out';
    if (decision === 'end') return undefined;
    if (!record || decision === 'leave out') continue;
    const bytes = await documents.read(database, record.sha256);
    if (!bytes) continue;
    binaries.push({
      type: 'Binary',
      id,
      versionId: 1,
      patientId: record.patientId,
      content: JSON.stringify({
        resourceType: 'Binary',
        id,
        contentType: record.contentType,
        data: bytes.toString('base64'),
      }),
    });
  }
  return binaries;
}

function* binaryIdsIn(parts: readonly DocumentPart[]): Slices<string[]> {
  const ids: string[] = [];
  for (const { content } of parts) {
    for (const [, id = ''] of content.matchAll(BINARY)) ids.push(id);
    yield;
  }
  return ids;
}

/** The highest confidentiality of the parts; undefined where none is restricted. */
export function* restrictionOfParts(parts: readonly DocumentPart[]): Slices<JsonObject | undefined> {
  let highest: JsonObject | undefined;
  for (const { content } of parts) {
    yield;
    const resource = content.includes(CONFIDENTIALITY) ? resourceOf(content) : undefined;
    const restriction = resource && restrictionOf([resource]);
    if (restriction?.code === 'V') return restriction;
    highest ??= restriction;
  }
  return highest;
}

export function resourceOf(content: string): AnyResource | undefined {
  const resource = readStored(content);
  return isResource(resource) ? resource : undefined;
}

export interface DocumentFacts {
  fhirBase: string;
  /** Of this very document. */
  identifier: string;
  timestamp: string;
  /** How confidential its most confidential part is. */
  restriction: JsonObject | undefined;
}

/** The Bundle as text. */
export function* documentText(
  parts: readonly DocumentPart[],
  { fhirBase, identifier, timestamp, restriction }: DocumentFacts,
): Slices<string> {
  const head = JSON.stringify({
    resourceType: 'Bundle',
    ...(restriction ? { meta: { security: [restriction] } } : {}),
    type: 'document',
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${identifier}` },
    timestamp,
  });
  const entries: string[] = [];
  for (const { type, id, content } of parts) {
    entries.push(`{"fullUrl":${JSON.stringify(`${fhirBase}/${type}/${id}`)},"resource":${content}}`);
    yield;
  }
  return `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`;
}
