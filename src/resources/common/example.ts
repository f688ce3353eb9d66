/**
 * Writes the examples of a rule or repair: changes to one resource of a valid summary.
 * An example is a function over a fresh copy, so it may change it in place.
 */
import type { RuleExample } from '../../definitions/rule';
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';

/** The summary as it is. */
export const unchanged: RuleExample = (summary) => summary;

/** The summary with its first resource of the type changed. */
export function changing(
  resourceType: string,
  change: (resource: AnyResource, summary: AnyResource) => void,
): RuleExample {
  return (summary) => {
    const [first] = resourcesOf(summary, resourceType);
    if (first !== undefined) change(first, summary);
    return summary;
  };
}

/** The resources of a type in a Bundle, in its order. */
export function resourcesOf(bundle: AnyResource, resourceType: string): AnyResource[] {
  return listOf<Json>(bundle.entry as Json).flatMap((entry) =>
    isObject(entry) && isResource(entry.resource) && entry.resource.resourceType === resourceType
      ? [entry.resource]
      : [],
  );
}

/** A Reference to the first resource of a type, by its entry's `fullUrl`. */
export function referenceTo(bundle: AnyResource, resourceType: string): JsonObject {
  const entry = listOf<Json>(bundle.entry as Json).find(
    (candidate) =>
      isObject(candidate) &&
      isResource(candidate.resource) &&
      candidate.resource.resourceType === resourceType,
  );
  return isObject(entry) && typeof entry.fullUrl === 'string' ? { reference: entry.fullUrl } : {};
}

/** The summary as a Bundle of another type, with the head that such a Bundle begins with. */
export function headedBy(summary: AnyResource, type: 'document' | 'message', head: AnyResource): AnyResource {
  const id = '3e8f2a64-71c5-4d0b-9a3e-c2d15b7f6048';
  head.id = id;
  const entries = listOf<Json>(summary.entry as Json);
  return {
    ...summary,
    type,
    timestamp: '2025-03-10T14:25:00+00:00',
    entry: [{ fullUrl: `urn:uuid:${id}`, resource: head }, ...entries],
  };
}
