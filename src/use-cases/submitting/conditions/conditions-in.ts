/**
 * Finds the conditions of a submission: searches in `ifNoneExist`, in a conditional update, or in place of a reference.
 * The stored data shows what a condition found, so each runs within what its sender may see.
 * @see docs/access.md
 */
import { splitEscaped } from '../../../engines/indexing/escape';
import { isObject, listOf, type AnyResource } from '../../../fhir/types';
import { conditionalReferencesIn } from '../resolve/conditional-references';

/** Every condition in a Bundle, whether the Bundle is valid or not: `Patient?identifier=system|value`. */
export function conditionsIn(bundle: AnyResource): string[] {
  const found = new Set<string>();
  for (const entry of listOf(bundle.entry).filter(isObject)) {
    const request = isObject(entry.request) ? entry.request : {};
    const type = isObject(entry.resource) ? String(entry.resource.resourceType) : '';
    if (typeof request.ifNoneExist === 'string')
      found.add(`${type}?${request.ifNoneExist.replace(/^[^?]*\?/, '')}`);
    if (typeof request.url === 'string' && request.url.includes('?')) found.add(request.url);
    conditionalReferencesIn(entry.resource, found);
  }
  return [...found];
}

/**
 * True when a condition gives only business identifiers, each with its system and value. Its sender already knows the
 * one resource that it looks for, so it needs no search scope.
 */
export function givesABusinessIdentifier(query: string): boolean {
  const pairs = [...new URLSearchParams(query)];
  return (
    pairs.length > 0 &&
    pairs.every(([name, value]) => name === 'identifier' && splitEscaped(value, ',').every(isSystemAndValue))
  );
}

function isSystemAndValue(token: string): boolean {
  const parts = splitEscaped(token, '|').map((part) => part.trim());
  return parts.length === 2 && parts.every((part) => part !== '');
}
