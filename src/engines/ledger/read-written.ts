/**
 * Finds the versions of resources that submissions wrote: those that the submissions list, and those that the server
 * makes for each. A version is looked up in the table of its type and, if it is not there, in the shared tables, where
 * it may wait to be moved.
 */
import { isLowerCaseUuid } from '../../fhir/uuid';
import type { Queryable } from '../../platform/postgres';
import { versionsOf } from './row-digest';
import type { FactTables } from './sealed-tables';
import { digestByShape, type Shape } from './sealed-columns';

export interface Wrote {
  type: string;
  id: string;
  version: number;
  digest: Buffer;
}

export interface Lists {
  id: string;
  stored: unknown;
  withdrawn: unknown;
}

export interface ListedVersion {
  type: string;
  id: string;
  version: number;
  /** The submission that must have written it; null when any may have. */
  submission: string | null;
}

interface FoundVersion {
  type: string;
  submission_id: string;
  id: string;
  version_id: number;
  digest: Buffer;
}

/** @returns by submission */
export async function readWritten(
  tx: Queryable,
  shape: Shape,
  tables: FactTables,
  submissions: readonly Lists[],
): Promise<Map<string, Wrote[]>> {
  const wrote = new Map<string, Wrote[]>();
  const keep = (rows: readonly FoundVersion[]): void => {
    for (const { submission_id, type, id, version_id, digest } of rows) {
      const list = wrote.get(submission_id) ?? [];
      list.push({ type, id, version: version_id, digest });
      wrote.set(submission_id, list);
    }
  };
  keep(await readVersions(tx, shape.facts, tables, listedBy(submissions, tables)));
  const all = [submissions.map(({ id }) => id)];
  for (const table of tables.unlisted)
    keep(
      await tx.query(
        {
          text: versionsOf(
            table,
            tables,
            shape.facts,
            'JOIN pg_catalog.unnest($1::pg_catalog.uuid[]) AS e ON e OPERATOR(pg_catalog.=) r.submission_id',
          ),
        },
        all,
      ),
    );
  keep(
    await tx.query(
      {
        text: `SELECT 'Binary' AS type, r.submission_id, r.id, 1 AS version_id, ${digestByShape(shape, 'binary', 'r')} AS digest
          FROM "binary" AS r WHERE r.submission_id OPERATOR(pg_catalog.=) ANY($1::pg_catalog.uuid[])`,
      },
      all,
    ),
  );
  return wrote;
}

/** The versions that the submissions list, without those that the server makes for each. */
function listedBy(submissions: readonly Lists[], { types, unlisted }: FactTables): ListedVersion[] {
  return submissions.flatMap(({ id: submission, stored, withdrawn }) =>
    [...listOr(stored), ...listOr(withdrawn)]
      .filter(({ type }) => types[type] !== undefined && !unlisted.includes(types[type]))
      .map(({ type, id, version }) => ({ type, id, version, submission })),
  );
}

const keyOf = (type: string, id: string, version: number): string => `${type} ${id} ${version}`;

/** The versions, with their digests, of those listed. @param list the number of the list of facts */
export async function readVersions(
  tx: Queryable,
  list: number,
  tables: FactTables,
  listed: readonly ListedVersion[],
): Promise<FoundVersion[]> {
  const found: FoundVersion[] = [];
  const there = new Set<string>();
  const read = async (table: string, wanted: readonly ListedVersion[]): Promise<void> => {
    if (wanted.length === 0) return;
    const text = versionsOf(
      table,
      tables,
      list,
      // PostgreSQL takes its own `unnest` where it has several lists.
      `JOIN (SELECT DISTINCT * FROM unnest($1::pg_catalog.uuid[], $2::pg_catalog.int4[], $3::pg_catalog.uuid[])
          AS l (id, version, submission)) AS e
        ON e.id OPERATOR(pg_catalog.=) r.id AND e.version OPERATOR(pg_catalog.=) r.version_id
          AND (e.submission IS NULL OR e.submission OPERATOR(pg_catalog.=) r.submission_id)`,
    );
    const columns = [
      wanted.map(({ id }) => id),
      wanted.map(({ version }) => version),
      wanted.map(({ submission }) => submission),
    ];
    const keys = new Set(wanted.map(({ type, id, version }) => keyOf(type, id, version)));
    for (const row of await tx.query<FoundVersion & Record<string, unknown>>({ text }, columns)) {
      const key = keyOf(row.type, row.id, row.version_id);
      // In a shared table, a row of another type can have the id.
      if (!keys.has(key)) continue;
      there.add(key);
      found.push(row);
    }
  };
  const byTable = new Map<string, ListedVersion[]>();
  for (const each of listed) {
    const table = tables.types[each.type];
    if (table === undefined) continue;
    const wanted = byTable.get(table) ?? [];
    wanted.push(each);
    byTable.set(table, wanted);
  }
  for (const [table, wanted] of byTable) await read(table, wanted);
  for (const table of Object.keys(tables.shared))
    await read(
      table,
      listed.filter(
        ({ type, id, version }) => tables.types[type] !== table && !there.has(keyOf(type, id, version)),
      ),
    );
  return found;
}

/** The largest value of the version column. */
const MOST_VERSIONS = 2_147_483_647;

/** A list that was altered and is no list counts as empty: the digest shows the change. */
export function listOr(list: unknown): { type: string; id: string; version: number }[] {
  if (!Array.isArray(list)) return [];
  return list.filter(
    (each: Partial<ListedVersion> | null): each is ListedVersion =>
      typeof each?.type === 'string' &&
      typeof each.id === 'string' &&
      isLowerCaseUuid(each.id) &&
      Number.isInteger(each.version) &&
      Math.abs(each.version!) <= MOST_VERSIONS,
  );
}
