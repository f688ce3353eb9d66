/** Looks among the entries of an earlier edition, which each entry of a correction does. */
import { madeOnce } from '../../../fhir/once';
import type { StoredEntry } from '../steps';
import type { MatchedEntry } from './match-input';

type Entries = readonly StoredEntry[];

const byName = new WeakMap<Entries, ReadonlyMap<string, Entries>>();
const byId = new WeakMap<Entries, ReadonlySet<string>>();

const nameOf = (type: string, fullUrl: string): string => `${type} ${fullUrl}`;

/** Those with the entry's `fullUrl` and type. */
export function underTheNameOf({ request: { fullUrl, resource } }: MatchedEntry, entries: Entries): Entries {
  if (fullUrl === undefined) return [];
  return madeOnce(byName, entries, namesIn).get(nameOf(resource.resourceType, fullUrl)) ?? [];
}

function namesIn(entries: Entries): ReadonlyMap<string, Entries> {
  const names = new Map<string, StoredEntry[]>();
  for (const entry of entries) {
    if (entry.fullUrl === undefined) continue;
    const name = nameOf(entry.type, entry.fullUrl);
    const found = names.get(name);
    if (found) found.push(entry);
    else names.set(name, [entry]);
  }
  return names;
}

/** The ids of the resources. */
export const idsIn = (entries: Entries): ReadonlySet<string> =>
  madeOnce(byId, entries, () => new Set(entries.map(({ id }) => id)));
