/**
 * Resolves a Reference inside its Bundle, by the seven steps of section 8 of the rules, in their order. Nothing outside
 * the Bundle is ever looked at: an address on another server is never fetched.
 * All entries are indexed once per Bundle, so that resolving is a look-up however many entries there are.
 */
import { isUuid } from '../../fhir/uuid';
import type { GuidanceDefinition } from '../../definitions/resource-definition';
import type { EntryView, Resolution } from '../../definitions/rule';
import { containedWith } from '../../fhir/contained';
import { isObject, type AnyResource, type JsonObject } from '../../fhir/types';

/** Resolves a Reference found in `from`; `allowedTypes` are the types that the element may point to. */
export type ResolveReference = (
  reference: JsonObject,
  from: EntryView,
  allowedTypes?: readonly string[],
) => Resolution;

/**
 * The business keys (`system|value`) by which a resource may be named where a Reference has an `identifier` only:
 * those that mean something beyond their sender; none for a type that can't be referenced so.
 */
export type KeysOf = (resource: AnyResource) => readonly string[];

/** The business keys that name a resource whoever speaks of it: those that do not depend on the sender. */
export function keysBeyondTheSender(definitions: readonly GuidanceDefinition[]): KeysOf {
  const keys = new Map<string, KeysOf>();
  for (const { type, identity } of definitions) {
    if (identity && !identity.within.includes('sender')) keys.set(type, identity.keys);
  }
  return (resource) => keys.get(resource.resourceType)?.(resource) ?? [];
}

const UNRESOLVED: Resolution = { outcome: 'unresolved' };
const RESTFUL =
  /^(https?:\/\/.+\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const HAS_SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

export function indexReferences(entries: readonly EntryView[], keysOf: KeysOf): ResolveReference {
  const byFullUrl = new Map<string, EntryView[]>();
  const byId = new Map<string, EntryView[]>();
  const byTypeAndId = new Map<string, EntryView[]>();
  let byKey: Map<string, EntryView[]> | undefined;
  for (const entry of entries) {
    const { id, resourceType } = entry.resource;
    if (typeof entry.fullUrl === 'string') add(byFullUrl, sameUuid(entry.fullUrl), entry);
    if (typeof id !== 'string') continue;
    add(byId, sameUuid(id), entry);
    add(byTypeAndId, `${resourceType}/${id}`, entry);
  }

  const resolved = new Map<readonly EntryView[], Resolution>();
  /** Step 1. Several rules ask where the same reference leads. */
  function once(same: readonly EntryView[]): Resolution {
    let resolution = resolved.get(same);
    if (!resolution) resolved.set(same, (resolution = one(same, 1, true)));
    return resolution;
  }

  /** Most Bundles have no Reference by identifier: the keys are collected when the first one is met. */
  function keyed(): Map<string, EntryView[]> {
    if (byKey) return byKey;
    byKey = new Map();
    for (const entry of entries) for (const key of keysOf(entry.resource)) add(byKey, key, entry);
    return byKey;
  }

  return (reference, from, allowedTypes) => {
    const text = reference.reference;
    if (typeof text !== 'string' || text === '') {
      return byIdentifier(reference, keyed, allowedTypes);
    }
    // A text that is a key is written as keys are: nearly every reference is.
    const same = byFullUrl.get(text) ?? byFullUrl.get(sameUuid(text));
    if (same) return once(same);
    if (text.startsWith('#')) return contained(text.slice(1), from.resource);
    const relative = RELATIVE.exec(text);
    if (relative) return ofTypeAndId(relative, from);
    if (HAS_SCHEME.test(text)) return one(byId.get(sameUuid(lastSegment(text))), 4, false);
    if (!text.includes('/')) {
      const candidates = byId.get(sameUuid(text));
      return one(ofTypes(candidates, allowedTypes), 5, false);
    }
    return UNRESOLVED;
  };

  /** Step 3: `Type/id`, read against the base of the referring entry's own address where it has one. */
  function ofTypeAndId([, type, id]: RegExpExecArray, from: EntryView): Resolution {
    const base = from.fullUrl === undefined ? undefined : RESTFUL.exec(from.fullUrl)?.[1];
    const same = base === undefined ? undefined : byFullUrl.get(`${base}${type}/${id}`);
    return same ? one(same, 3, true) : one(byTypeAndId.get(`${type}/${id}`), 3, false);
  }
}

/** The entry that a Reference means; undefined where none or several. */
export function resolverBy(
  keysOf: KeysOf,
): (entries: readonly EntryView[]) => (reference: JsonObject, from: EntryView) => EntryView | undefined {
  return (entries) => {
    const resolve = indexReferences(entries, keysOf);
    return (reference, from) => {
      const resolution = resolve(reference, from);
      return resolution.outcome === 'resolved' ? resolution.entry : undefined;
    };
  };
}

/** Step 6: no `reference`, but an `identifier`. */
function byIdentifier(
  reference: JsonObject,
  keyed: () => Map<string, EntryView[]>,
  allowedTypes: readonly string[] | undefined,
): Resolution {
  const { identifier } = reference;
  if (!isObject(identifier)) return UNRESOLVED;
  const { system, value } = identifier;
  if (typeof system !== 'string' || typeof value !== 'string') return UNRESOLVED;
  const candidates = keyed().get(`${system}|${value}`);
  return one(ofTypes(candidates, allowedTypes), 6, false);
}

/** Step 2. */
function contained(id: string, container: AnyResource): Resolution {
  const found = containedWith(id, container);
  if (found.length > 1) return { outcome: 'ambiguous', candidates: found.length };
  return found.length === 1 ? { outcome: 'contained', resource: found[0] as AnyResource } : UNRESOLVED;
}

function one(
  candidates: readonly EntryView[] | undefined,
  step: 1 | 3 | 4 | 5 | 6,
  clean: boolean,
): Resolution {
  const [entry] = candidates ?? [];
  if (!candidates || !entry) return UNRESOLVED;
  if (candidates.length > 1) return { outcome: 'ambiguous', candidates: candidates.length };
  return { outcome: 'resolved', entry, step, clean };
}

/** Shorter lists are looked through each time. */
const LONG = 16;

const chosen = new WeakMap<readonly EntryView[], Map<string, readonly EntryView[]>>();

/** The candidates of these types. A long list is looked through once for each choice of types. */
function ofTypes(
  candidates: readonly EntryView[] | undefined,
  types: readonly string[] | undefined,
): readonly EntryView[] | undefined {
  if (!candidates || !types) return candidates;
  const choose = (): readonly EntryView[] =>
    candidates.filter(({ resource }) => types.includes(resource.resourceType));
  if (candidates.length < LONG) return choose();
  const known = chosen.get(candidates) ?? new Map<string, readonly EntryView[]>();
  chosen.set(candidates, known);
  const name = types.join();
  const found = known.get(name) ?? choose();
  known.set(name, found);
  return found;
}

/** UUIDs are compared in lower case; everything else unchanged. */
function sameUuid(text: string): string {
  return /^urn:uuid:/i.test(text) || isUuid(text) ? text.toLowerCase() : text;
}

/** The text after the last `/` or `:`, without a version. */
function lastSegment(url: string): string {
  const unversioned = url.replace(/\/_history\/[^/]*$/, '');
  return unversioned.slice(Math.max(unversioned.lastIndexOf('/'), unversioned.lastIndexOf(':')) + 1);
}

function add(map: Map<string, EntryView[]>, key: string, entry: EntryView): void {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
}
