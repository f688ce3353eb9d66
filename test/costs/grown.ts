/** Summaries of which one place is long. */
import { stringify } from '../../src/fhir/decimal';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import type { Element } from '../fuzz/tables';
import { isText, nameOf, placesOf, repeats, type Place } from './places';
import { TEXTS } from './texts';
import { objectOf, uuidOf, valueOf, type Lead } from './values';

export interface Case {
  name: string;
  type: string;
  /** The Bundle of one stay and patient, whose place is so many bytes long, roughly. */
  bundleOf(size: number, stay?: number): AnyResource;
}

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}

export const entriesOf = (bundle: AnyResource): Entry[] => bundle.entry as unknown as Entry[];

export const leadIn =
  (bundle: AnyResource): Lead =>
  (targets) => {
    const found = entriesOf(bundle).find(({ resource }) =>
      (targets ?? ['Patient']).includes(resource.resourceType),
    );
    return found ? { reference: found.fullUrl } : { display: 'someone' };
  };

/** The summary, with a resource of the type in it. */
export function withResource(type: string, stay = 1): { bundle: AnyResource; resource: AnyResource } {
  const bundle = aSummary().stay(stay).build();
  const found = entriesOf(bundle).find(({ resource }) => resource.resourceType === type);
  if (type === 'Bundle') return { bundle, resource: bundle };
  if (found) return { bundle, resource: found.resource };
  const resource = {
    resourceType: type,
    id: uuidOf(stay * 1000),
    ...objectOf(type, 1, leadIn(bundle)),
  } as AnyResource;
  entriesOf(bundle).push({ fullUrl: `urn:uuid:${uuidOf(stay * 1000)}`, resource });
  return { bundle, resource };
}

/** Lists with the same item and with different ones at each place that repeats. */
export function listCases(type: string, depth: number): Case[] {
  return placesOf(type, depth)
    .filter(repeats)
    .flatMap((place) => [listCase(type, place, 'same'), listCase(type, place, 'different')]);
}

function listCase(type: string, place: Place, items: 'same' | 'different'): Case {
  return {
    name: `${nameOf(type, place)} × N ${items}`,
    type,
    bundleOf: (size, stay) => {
      const { bundle, resource } = withResource(type, stay);
      const lead = leadIn(bundle);
      const { holder, element } = holderOf(resource, place, lead);
      const one = (n: number): Json => valueOf(element, items === 'same' ? 1 : n, lead);
      const length = Math.max(2, Math.floor(size / (stringify(one(12_345)).length + 1)));
      const old = holder[element.json];
      const made = Array.from({ length }, (_, n) => one(n));
      holder[element.json] = Array.isArray(old) && element.json !== 'entry' ? [...old, ...made] : made;
      return bundle;
    },
  };
}

/** Long texts of the kinds at each text; `only` takes one kind after the other instead of all. */
export function textCases(type: string, depth: number, kindsEach: number): Case[] {
  const kinds = Object.keys(TEXTS);
  let next = 0;
  return placesOf(type, depth)
    .filter(isText)
    .flatMap((place) => {
      const isXhtml = place.steps.at(-1)!.type === 'xhtml';
      const chosen = isXhtml
        ? kinds
        : Array.from({ length: Math.min(kindsEach, kinds.length) }, () => kinds[next++ % kinds.length]!);
      return chosen.map((kind) => textCase(type, place, kind));
    });
}

function textCase(type: string, place: Place, kind: string): Case {
  return {
    name: `${nameOf(type, place)} = ${kind}`,
    type,
    bundleOf: (size, stay) => {
      const { bundle, resource } = withResource(type, stay);
      const { holder, element } = holderOf(resource, place, leadIn(bundle));
      const text = TEXTS[kind]!(size);
      holder[element.json] = element.max > 1 ? [text] : text;
      return bundle;
    },
  };
}

/** The object that has the element, with what is missing on the way made. */
function holderOf(
  resource: AnyResource,
  { steps }: Place,
  lead: Lead,
): { holder: JsonObject; element: Element } {
  let holder = resource as JsonObject;
  for (const step of steps.slice(0, -1)) {
    const there = holder[step.json];
    const value = (Array.isArray(there) ? there[0] : there) ?? valueOf(step, 1, lead);
    if (there === undefined) holder[step.json] = step.max > 1 ? [value] : value;
    const other = Object.keys(holder).find(
      (name) => name !== step.json && step.name.endsWith('[x]') && name.startsWith(step.name.slice(0, -3)),
    );
    if (other !== undefined) delete holder[other];
    holder = value as JsonObject;
  }
  return { holder, element: steps.at(-1)! };
}
