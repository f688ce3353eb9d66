/** The parts of a summary that a document message has segments for, with the references between them followed. */
import { isCurrent } from '../../../fhir/current-identifier';
import {
  isObject,
  isResource,
  listOf,
  type AnyResource,
  type Json,
  type JsonObject,
} from '../../../fhir/types';
import { isOdsSystem } from '../../../terminology/ods';

/** Finds the resource of a `fullUrl` or of `Type/id` in a Bundle. */
export type Find = (reference: string) => AnyResource | undefined;

export function findIn(bundle: AnyResource): Find {
  const entries = listOf(bundle.entry).filter(isObject);
  const resources = entries.map(({ resource }) => resource).filter(isResource);
  return (reference) =>
    (entries.find(({ fullUrl }) => fullUrl === reference)?.resource as AnyResource | undefined) ??
    resources.find(({ resourceType, id }) => `${resourceType}/${id ?? ''}` === reference);
}

/** The ODS code of the GP practice, and its name. */
export interface Practice {
  code: string;
  name?: string | undefined;
}

/** @param at the moment at which an identifier must be current, in milliseconds since 1970 */
export function practiceIn(bundle: AnyResource, at: number): Practice | undefined {
  const find = findIn(bundle);
  const patient = listOf(bundle.entry)
    .filter(isObject)
    .map(({ resource }) => resource)
    .filter(isResource)
    .find(({ resourceType }) => resourceType === 'Patient');
  for (const reference of listOf(patient?.generalPractitioner).filter(isObject)) {
    const target = typeof reference.reference === 'string' ? find(reference.reference) : undefined;
    const code = odsCodeIn(reference.identifier, at) ?? odsCodeIn(target?.identifier, at);
    const name = target?.name ?? reference.display;
    if (code !== undefined) return { code, name: typeof name === 'string' ? name : undefined };
  }
  return undefined;
}

function odsCodeIn(identifiers: Json | undefined, at: number): string | undefined {
  const found = listOf(identifiers)
    .filter(isObject)
    .filter((identifier) => isCurrent(identifier, at))
    .find(
      ({ system, value }) => typeof system === 'string' && isOdsSystem(system) && typeof value === 'string',
    );
  return found === undefined ? undefined : String(found.value);
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
