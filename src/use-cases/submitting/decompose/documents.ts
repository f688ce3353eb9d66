/**
 * Separates documents from a resource. Each document's bytes are stored once, separately; the resource points at them
 * (`attachment.url` → `Binary/<id>`, with `size` and `hash`) and no longer contains the inline `data`.
 */
import type { Slices } from '../../../fhir/slices';
import { attachmentBytes, attachmentBytesInSlices } from '../../../fhir/attachment';
import { documentHash, documentHashInSlices } from '../../../fhir/hash-in-slices';
import { isResourceType } from '../../../fhir/r4/definitions';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { isObject, isResource, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import type { EmbeddedDocument } from '../../../engines/store/submission-body';

/** A document that is about to be stored. */
export interface Document {
  binaryId: string;
  contentType: string;
  sha256: Buffer;
  bytes: Buffer;
  /** The base64 as it was sent, to be cut out of the body. */
  base64: string;
}

export interface Detached {
  resource: AnyResource;
  documents: Document[];
}

/** Takes the documents out of the attachments at `paths` (two steps deep at most: `content.attachment`). */
export function detach(resource: AnyResource, paths: readonly string[], newId: () => string): Detached {
  const documents: Document[] = [];
  let detached = resource;
  for (const path of paths)
    detached = changedAt(detached, path.split('.'), (attachment) => {
      const read = attachmentBytes(attachment);
      if (!read.ok || typeof attachment.data !== 'string') return attachment;
      const document: Document = {
        binaryId: newId(),
        contentType:
          typeof attachment.contentType === 'string' ? attachment.contentType : 'application/octet-stream',
        sha256: documentHash('sha256', read.bytes),
        bytes: read.bytes,
        base64: attachment.data,
      };
      documents.push(document);
      const { data: _data, ...rest } = attachment;
      return { ...rest, url: `Binary/${document.binaryId}`, ...sizeAndHash(read.bytes) };
    }) as AnyResource;
  return { resource: detached, documents };
}

/** Adds the size and hash to an attachment that points at a Binary of the same submission, unless it has them. */
export function described(
  resource: AnyResource,
  paths: readonly string[],
  bytesOf: (url: string) => Buffer | undefined,
): AnyResource {
  let whole: JsonObject = resource;
  for (const path of paths) {
    whole = changedAt(whole, path.split('.'), (attachment) => {
      const bytes = typeof attachment.url === 'string' ? bytesOf(attachment.url) : undefined;
      return bytes ? { ...sizeAndHash(bytes), ...attachment } : attachment;
    });
  }
  return whole as AnyResource;
}

/** `Attachment.size` in bytes and `Attachment.hash`, the base64 of the SHA-1. @see https://hl7.org/fhir/R4/datatypes.html#Attachment */
export function sizeAndHash(bytes: Buffer): { size: number; hash: string } {
  return { size: bytes.length, hash: documentHash('sha1', bytes).toString('base64') };
}

/** The bytes of a Binary resource. */
export function binaryBytes(binary: AnyResource): { bytes: Buffer; base64: string } | undefined {
  if (typeof binary.data !== 'string') return undefined;
  const read = attachmentBytes(binary);
  return read.ok ? { bytes: read.bytes, base64: binary.data } : undefined;
}

/** The inline documents of a Bundle, so that its body can be stored without them. */
export function* documentsIn(
  bundle: AnyResource,
  definitionOf: (type: string) => ResourceDefinition,
): Slices<EmbeddedDocument[]> {
  const found: EmbeddedDocument[] = [];
  for (const entry of listOf(bundle.entry)) {
    const resource = isObject(entry) ? entry.resource : undefined;
    if (!isResource(resource) || !isResourceType(resource.resourceType)) continue;
    const holders =
      resource.resourceType === 'Binary'
        ? [resource]
        : (definitionOf(resource.resourceType).table.documents ?? []).flatMap((path) =>
            objectsAt(resource, path.split('.')),
          );
    for (const holder of holders) {
      const read = yield* attachmentBytesInSlices(holder);
      if (!read.ok || typeof holder.data !== 'string') continue;
      yield* documentHashInSlices('sha1', read.bytes);
      found.push({
        bytes: read.bytes,
        base64: holder.data,
        sha256: yield* documentHashInSlices('sha256', read.bytes),
      });
    }
  }
  return found;
}

/** The objects at the path, in every item of its lists. */
export function objectsAt(value: JsonObject, path: readonly string[]): JsonObject[] {
  let level: JsonObject[] = [value];
  for (const name of path) level = level.flatMap((each) => listOf(each[name]).filter(isObject));
  return level;
}

/** Returns a copy with the objects at the path changed. Every item of a list on the path is visited. */
export function changedAt(
  value: JsonObject,
  [name, ...rest]: readonly string[],
  change: (found: JsonObject) => JsonObject,
): JsonObject {
  if (name === undefined) return change(value);
  const member = value[name];
  if (member === undefined) return value;
  const items = listOf(member).map((item) => (isObject(item) ? changedAt(item, rest, change) : item));
  return { ...value, [name]: Array.isArray(member) ? items : (items[0] ?? null) };
}
