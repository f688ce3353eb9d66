/**
 * A Bundle's entries in the form that rules and repairs use, with the place of each. A Bundle is R4's envelope, and the only
 * type that the engines name.
 */
import type { EntryView } from '../../definitions/rule';
import type { Issue } from '../../fhir/issue';
import type { Slices } from '../../fhir/slices';
import { isObject, isResource, type AnyResource, type Json } from '../../fhir/types';

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

/** Far beyond any resource. Each reference to one of them is looked for among all. */
const MAX_CONTAINED = 1_000;

/** The fault of a resource with more entries or contained resources than are looked at; what they are is not judged. */
export function* tooManyPartsOf(resource: AnyResource): Slices<Issue | undefined> {
  return tooManyEntries(resource) ?? (yield* tooManyContained(resource));
}

function tooManyEntries({ resourceType, entry }: AnyResource): Issue | undefined {
  if (resourceType !== 'Bundle' || !Array.isArray(entry) || entry.length <= MAX_ENTRIES) return undefined;
  return {
    severity: 'error',
    code: 'too-costly',
    rule: 'submission-too-many-entries',
    text: `The Bundle has more than ${MAX_ENTRIES} entries. Send several smaller Bundles.`,
    expression: 'Bundle.entry',
  };
}

function* tooManyContained(resource: AnyResource): Slices<Issue | undefined> {
  const place = yield* crowdedEntryOrRest(resource);
  return place === undefined
    ? undefined
    : {
        severity: 'error',
        code: 'too-costly',
        rule: 'submission-too-many-contained',
        text: `A resource contains more than ${MAX_CONTAINED} others. Send them as entries of the Bundle.`,
        expression: `${resource.resourceType}${place}`,
      };
}

/** The same as `crowded` of the resource, an entry of a Bundle in each slice. */
function* crowdedEntryOrRest(resource: AnyResource): Slices<string | undefined> {
  const { entry, ...rest } = resource;
  if (resource.resourceType !== 'Bundle' || !Array.isArray(entry)) return crowded(resource);
  for (const [index, each] of entry.entries()) {
    const place = typeof each === 'object' ? crowded(each) : undefined;
    if (place !== undefined) return `.entry[${index}]${place}`;
    yield;
  }
  return crowded(rest);
}

/** The path to a resource that contains too many, at any depth. */
function crowded(value: Json): string | undefined {
  if (Array.isArray(value)) return firstIn(value, (index) => `[${index}]`);
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.contained) && value.contained.length > MAX_CONTAINED) return '.contained';
  const names = Object.keys(value);
  return firstIn(Object.values(value), (index) => `.${names[index]}`);
}

function firstIn(
  values: readonly (Json | undefined)[],
  stepOf: (index: number) => string,
): string | undefined {
  for (const [index, value] of values.entries()) {
    const place = typeof value === 'object' ? crowded(value) : undefined;
    if (place !== undefined) return `${stepOf(index)}${place}`;
  }
  return undefined;
}
