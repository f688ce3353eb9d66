/**
 * Follows the references of records, step by step: to the Practitioner behind a PractitionerRole, to the Location of a
 * HealthcareService. Each step reads through the search engine, so that the caller sees only what it may see. Nothing
 * is left out silently: `keep` counts, and ends the work when the answer would be too large.
 */
import { append } from '../../fhir/long-lists';
import type { Slices } from '../../fhir/slices';
import { inSlices } from '../../platform/in-slices';
import type { Clause } from '../../engines/indexing/indexing';
import type { Queryable } from '../../platform/postgres';
import type { Found, View } from '../../engines/search/request';
import type { SearchEngine } from '../../engines/search/search';

export interface Following {
  who: View;
  /** The types whose resources are followed. */
  follows: (type: string) => boolean;
  /** Which resources of a type may be added to the first ones; never those of another patient. */
  may: (type: string) => Clause;
  /** Resources that are there already, beside the first ones. */
  known?: readonly Pick<Found, 'type' | 'id'>[];
  /** Receives each resource that is added. Returns false to end the work: nothing more is read then. */
  keep: (found: Found) => boolean;
}

/** Ids in one statement: as many alternatives as a search accepts. */
const IDS_AT_A_TIME = 200;

/**
 * The resources that the first ones refer to, directly or indirectly, each once and nearest first; undefined when
 * `keep` ended the work.
 */
export async function follow(
  db: Queryable,
  engine: SearchEngine,
  first: readonly Pick<Found, 'type' | 'id' | 'content'>[],
  what: Following,
): Promise<Found[] | undefined> {
  const known = new Set([...first, ...(what.known ?? [])].map(({ type, id }) => `${type}/${id}`));
  const came: Found[] = [];
  let frontier = first;
  while (frontier.length > 0) {
    const step: Found[] = [];
    for (const [type, ids] of await inSlices(namedIn(frontier, known, what))) {
      for (let start = 0; start < ids.length; start += IDS_AT_A_TIME) {
        const some = { type, ids: ids.slice(start, start + IDS_AT_A_TIME) };
        const found = await read(db, engine, some, what);
        if (!found) return undefined;
        append(step, found);
      }
    }
    append(came, step);
    frontier = step;
  }
  return came;
}

const REFERENCE = /"reference":"([A-Z][A-Za-z]+)\/([0-9a-f-]{36})(?:\/_history\/\d+)?"/g;

/** The ids, by type, that the contents refer to and that are not known yet. Marks them as known. */
function* namedIn(
  frontier: readonly Pick<Found, 'content'>[],
  known: Set<string>,
  { who, follows }: Following,
): Slices<Map<string, string[]>> {
  const named = new Map<string, string[]>();
  for (const { content } of frontier) {
    for (const [, type = '', id = ''] of content.matchAll(REFERENCE)) {
      const key = `${type}/${id}`;
      if (known.has(key)) continue;
      known.add(key);
      if (!follows(type) || !who.allowed(type, 'r') || !who.allowed(type, 's')) continue;
      const ids = named.get(type);
      if (ids) ids.push(id);
      else named.set(type, [id]);
    }
    yield;
  }
  return named;
}

async function read(
  db: Queryable,
  engine: SearchEngine,
  { type, ids }: { type: string; ids: readonly string[] },
  { who, may, keep }: Following,
): Promise<Found[] | undefined> {
  const found: Found[] = [];
  let params: readonly (readonly [string, string])[] = [
    ['_id', ids.join(',')],
    ['_count', String(ids.length)],
    ['_total', 'none'],
  ];
  for (;;) {
    const answer = await engine.search(db, {
      type,
      params,
      handling: 'strict',
      extraCondition: may(type),
      ...who,
    });
    if (!answer.ok) throw new Error('an internal search was refused');
    if (!answer.result.matches.every(keep)) return undefined;
    append(found, answer.result.matches);
    if (answer.result.next === undefined) return found;
    params = [['_cursor', answer.result.next]];
  }
}
