/**
 * Reads what only a correction needs: which resources of earlier editions it may restore, and which of the last edition
 * it may not withdraw.
 */
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { hasOtherIdentifier } from '../match/other-identifier';
import type { Earlier } from '../recognise/earlier-submissions';
import type { EntryRequest, StoredEntry } from '../steps';
import { findSaidByNoOther, readCarriedElsewhere, readWithdrawn } from './read-withdrawn';
import type { ResourcesToRead, StoredResource } from './stored-resource';

export interface OfLineage {
  /**
   * What this sender has withdrawn of earlier editions of the same summary, by `Type/id`: the version of the
   * withdrawal, and the content before it.
   */
  withdrawn: ReadonlyMap<string, StoredResource>;
  /** Ids of the resources that current summaries other than the corrected one contain. */
  carriedElsewhere: ReadonlySet<string>;
  /** Of these, the ids of those whose stored content no other current submission states: the others state other content. */
  saidByNoOther: ReadonlySet<string>;
}

interface Edition {
  requests: readonly EntryRequest[];
  resources: ReadonlyMap<string, StoredResource>;
  /** The accepted submissions of the lineage, newest first. */
  earlier: readonly Earlier[];
  sender: string;
  identifier: string | undefined;
}

/** Reads what was withdrawn of the lineage, and which resources of the last edition other summaries contain. */
export async function readOfLineage(
  tx: Queryable,
  { requests, resources, earlier, sender, identifier }: Edition,
  { definitionOf, patients }: Pick<SubmissionDefinitions, 'definitionOf' | 'patients'>,
): Promise<OfLineage> {
  const lineage = { sender, identifier, careTypes: patients.careTypes };
  const [corrected] = earlier;
  if (!corrected) return { withdrawn: new Map(), carriedElsewhere: new Set(), saidByNoOther: new Set() };
  const missing = new Set<string>();
  const carried = new Set<string>();
  for (const { type, id } of earlier.flatMap(({ stored }) => stored))
    if (definitionOf(type).withdrawable && !resources.has(`${type}/${id}`)) missing.add(`${type}/${id}`);
  const isKept = succeededIn(requests, resources, definitionOf);
  for (const entry of corrected.stored)
    if (definitionOf(entry.type).withdrawable && !isKept(entry)) carried.add(`${entry.type}/${entry.id}`);
  const withdrawn = await readWithdrawn(tx, tablesOf(missing, definitionOf), lineage.sender);
  const carriedElsewhere = await readCarriedElsewhere(tx, tablesOf(carried, definitionOf), lineage);
  // It may be this lineage that has written the content, or another that has dropped it since.
  const shared = [...carried].flatMap((name) => {
    const stored = resources.get(name);
    return stored?.sender === sender && carriedElsewhere.has(stored.id) ? [stored] : [];
  });
  const saidByNoOther = await findSaidByNoOther(tx, shared, lineage, definitionOf);
  return { withdrawn, carriedElsewhere, saidByNoOther };
}

/**
 * Whether an entry of the corrected edition certainly has its successor under its `fullUrl`. The `fullUrl` may be used
 * for another resource now: one with another identifier, or one that a condition or an id names.
 */
function succeededIn(
  requests: readonly EntryRequest[],
  resources: ReadonlyMap<string, StoredResource>,
  definitionOf: SubmissionDefinitions['definitionOf'],
): (entry: StoredEntry) => boolean {
  const sent = new Map(
    requests.map((request) => [`${request.resource.resourceType} ${request.fullUrl}`, request]),
  );
  return ({ type, id, fullUrl }) => {
    const request = fullUrl === undefined ? undefined : sent.get(`${type} ${fullUrl}`);
    const stored = resources.get(`${type}/${id}`);
    if (!request || !stored || request.update || request.ifNoneExist !== undefined) return false;
    return !hasOtherIdentifier({ request, definition: definitionOf(type) }, stored);
  };
}

/** Groups ids by their table, from names `Type/id`. */
function tablesOf(
  names: ReadonlySet<string>,
  definitionOf: SubmissionDefinitions['definitionOf'],
): Pick<ResourcesToRead, 'definition' | 'ids'>[] {
  const tables = new Map<string, Pick<ResourcesToRead, 'definition' | 'ids'>>();
  for (const name of names) {
    const [type = '', id = ''] = name.split('/');
    const definition = definitionOf(type);
    const entry = tables.get(definition.table.name) ?? { definition, ids: new Set() };
    entry.ids.add(id);
    tables.set(definition.table.name, entry);
  }
  return [...tables.values()];
}
