/**
 * Everything that belongs to a patient or a stay, type by type, in pages: what `$everything` answers and what a summary
 * is put together from. Each type is read through the search engine, so that what a caller may see holds here too.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
import type { Clause } from '../../engines/indexing/indexing';
import type { Issue } from '../../fhir/issue';
import type { Queryable } from '../../platform/postgres';
import { bytesOf } from '../../engines/search/include';
import type { Found, View } from '../../engines/search/request';
import type { SearchEngine } from '../../engines/search/search';

export interface Gathering {
  /** The types to read, in the order in which they are answered. */
  types: readonly string[];
  /** Which resources of a type belong to it. */
  belongs: (type: string) => Clause;
  /** Search parameters beside that, as far as the type has them. */
  paramsOf: (type: string) => readonly (readonly [string, string])[];
  /** Matches on a page at most. */
  count: number;
  /** Bytes of resources on a page at most; one match is always on it. */
  maxBytes: number;
  /** Where the page before ended; absent at the start. */
  place?: Place;
  who: View;
}

/** The next page begins with this type, at this cursor of its own. */
export interface Place {
  type: string;
  cursor?: string;
}

export type Gathered =
  { ok: true; matches: Found[]; issues: Issue[]; next?: Place } | { ok: false; issues: readonly Issue[] };

/** One page: whole types as long as they fit, or the next part of one. */
export async function gather(db: Queryable, engine: SearchEngine, what: Gathering): Promise<Gathered> {
  const matches: Found[] = [];
  const issues: Issue[] = [];
  let room = what.maxBytes;
  const start = what.place ? Math.max(0, what.types.indexOf(what.place.type)) : 0;
  for (const type of what.types.slice(start)) {
    const cursor = type === what.place?.type ? what.place.cursor : undefined;
    const params: (readonly [string, string])[] =
      cursor === undefined ? [...what.paramsOf(type), ['_count', String(what.count)]] : [['_cursor', cursor]];
    const found = await engine.search(db, {
      type,
      params,
      handling: 'strict',
      extraCondition: what.belongs(type),
      ...what.who,
      maxBytes: Math.max(0, room),
    });
    if (!found.ok) return found;
    const { result } = found;
    room -= bytesOf(result.matches);
    if (matches.length > 0 && (matches.length + result.matches.length > what.count || room < 0))
      if (result.matches.length > 0) return { ok: true, matches, issues, next: { type } };
    matches.push(...result.matches);
    issues.push(...result.issues);
    if (result.next !== undefined) return { ok: true, matches, issues, next: { type, cursor: result.next } };
  }
  return { ok: true, matches, issues };
}

/** The types without a table of their own of which the patient has something. */
export async function otherTypesOf(db: Queryable, patientId: string, table: string): Promise<string[]> {
  const rows = await db.query<{ type: string }>(
    {
      name: `types_in_${table}`,
      text: `SELECT DISTINCT resource_type AS type FROM "${table}" WHERE patient_id = $1 ORDER BY 1`,
    },
    [patientId],
  );
  return rows.map(({ type }) => type);
}
