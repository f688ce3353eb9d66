/**
 * A Bundle's entries as rules and repairs see them, and where each stands. A Bundle is R4's envelope, and the only
 * type that the engines name.
 */
import type { EntryView } from '../definitions/rule';
import { isObject, isResource, type AnyResource } from '../fhir/types';

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
