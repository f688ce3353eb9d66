/**
 * A Bundle's entries in the form that rules and repairs use, with the place of each. A Bundle is R4's envelope, and the only
 * type that the engines name.
 */
import type { EntryView } from '../../definitions/rule';
import type { Issue } from '../../fhir/issue';
import { isObject, isResource, type AnyResource } from '../../fhir/types';

/** The entries that carry a resource; none where the resource is not a Bundle. Their index is the one in the Bundle. */
export function entriesOf(bundle: AnyResource): EntryView[] {
  if (bundle.resourceType !== 'Bundle' || !Array.isArray(bundle.entry)) return [];
  const views: EntryView[] = [];
  bundle.entry.forEach((entry, index) => {
    if (!isObject(entry) || !isResource(entry.resource)) return;
    const { fullUrl, resource } = entry;
    views.push({ index, ...(typeof fullUrl === 'string' && { fullUrl }), resource });
  });
  return views;
}

/** The FHIRPath of an entry's resource; of the whole where the view is no entry. */
export function placeOf(entry: EntryView): string {
  return entry.index < 0 ? entry.resource.resourceType : `Bundle.entry[${entry.index}].resource`;
}

/** Far beyond any stay; more than this in one Bundle can only keep the server busy. */
const MAX_ENTRIES = 10_000;

/** The fault of a Bundle with more entries than are looked at; what they are is then not judged. */
export function tooManyEntries({ resourceType, entry }: AnyResource): Issue | undefined {
  if (resourceType !== 'Bundle' || !Array.isArray(entry) || entry.length <= MAX_ENTRIES) return undefined;
  return {
    severity: 'error',
    code: 'too-costly',
    rule: 'submission-too-many-entries',
    text: `The Bundle has more than ${MAX_ENTRIES} entries. Send several smaller Bundles.`,
    expression: 'Bundle.entry',
  };
}
