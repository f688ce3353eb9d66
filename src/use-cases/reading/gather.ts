/**
 * Everything that belongs to a patient or a stay, type by type, in pages: what `$everything` answers and what a summary
 * is put together from. Each type is read through the search engine, so that what a caller may see holds here too.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
import { append } from '../../fhir/long-lists';
import type { Clause } from '../../engines/indexing/indexing';
import type { Issue } from '../../fhir/issue';
import type { Queryable } from '../../platform/postgres';
import { bytesOf } from '../../engines/search/include';
import type { Found, View } from '../../engines/search/request';
import type { SearchEngine } from '../../engines/search/search';

export interface Gathering {
  /** The types to read, in the order of the answer. */
  types: readonly string[];
  /** Selects the resources of a type that belong to the patient or stay. */
  belongs: (type: string) => Clause;
  /** Further search parameters, if the type has them. */
  paramsOf: (type: string) => readonly (readonly [string, string])[];
  /** Matches on a page at most. */
  count: number;
  /** Bytes of resources on a page at most; one match is always on it. */
  maxBytes: number;
  /** Where the page before ended; absent at the start. */
  place?: Place;
  who: View;
}

/** Where the next page begins: at this type, and at this cursor within the type. */
export interface Place {
  type: string;
  cursor?: string;
}

export type Gathered =
  | {
      ok: true;
      matches: Found[];
      issues: Issue[];
      /** The parameters of the search that the cursor of the place continues. */
      continued: readonly (readonly [string, string])[];
      next?: Place;
    }
  | { ok: false; issues: readonly Issue[] };

/** One page: whole types as long as they fit, or the next part of one. */
export async function gather(db: Queryable, engine: SearchEngine, what: Gathering): Promise<Gathered> {
  const matches: Found[] = [];
  const issues: Issue[] = [];
  const continued: (readonly [string, string])[] = [];
  const gathered = { ok: true, matches, issues, continued } as const;
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
    append(continued, result.continued ?? []);
    room -= bytesOf(result.matches);
    if (matches.length > 0 && (matches.length + result.matches.length > what.count || room < 0))
      if (result.matches.length > 0) return { ...gathered, next: { type } };
    append(matches, result.matches);
    append(issues, result.issues);
    if (result.next !== undefined) return { ...gathered, next: { type, cursor: result.next } };
  }
  return gathered;
}

/** The types without their own table that the patient has resources of. */
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
