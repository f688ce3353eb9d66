/** The parts of a summary that a document message has segments for, with the references between them followed. */
import { isObject, isResource, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';

/** Finds the resource of a `fullUrl` or of `Type/id` in a Bundle. */
export type Find = (reference: string) => AnyResource | undefined;

export function findIn(bundle: AnyResource): Find {
  const entries = listOf(bundle.entry).filter(isObject);
  const resources = entries.map(({ resource }) => resource).filter(isResource);
  return (reference) =>
    (entries.find(({ fullUrl }) => fullUrl === reference)?.resource as AnyResource | undefined) ??
    resources.find(({ resourceType, id }) => `${resourceType}/${id ?? ''}` === reference);
}

/** The PDFs of a document in base64, in order: inline, or in a Binary of the same Bundle. */
export function pdfsOf(document: AnyResource, find: Find): string[] {
  return attachmentsOf(document).flatMap((attachment) => {
    if (!/^application\/pdf\b/i.test(String(attachment.contentType))) return [];
    const elsewhere = typeof attachment.url === 'string' ? find(attachment.url) : undefined;
    const data = attachment.data ?? (isResource(elsewhere) ? elsewhere.data : undefined);
    return typeof data === 'string' && data !== '' ? [data.replace(/\s+/g, '')] : [];
  });
}

export function attachmentsOf(document: AnyResource | undefined): JsonObject[] {
  return listOf(document?.content)
    .filter(isObject)
    .map(({ attachment }) => attachment)
    .filter(isObject);
}
