/**
 * Compiles a history of some types, or of the whole server, into one SQL statement: the versions of all resources,
 * newest first. A tombstone is visible to callers who could see the version before it. A page continues after the last
 * version of the previous page, and shows the state at the first page, so that no version is repeated or lost.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
import type { Bind } from '../indexing/indexing';
import type { SearchedType } from './catalogue';
import { binder, type Compiled } from './compile';
import type { View } from './request';
import { byTable, seen, type Scope } from './scope';
import { contentBytes, withinBytes } from '../indexing/within-bytes';
import type { DateRange } from '../../fhir/date';

export interface VersionsRequest extends View {
  types: readonly string[];
  count: number;
  /** Only versions that were created at this instant or later. */
  since?: Date;
  /** Only versions that were current at some moment of this range. */
  at?: DateRange;
  /** The cursor that the previous page returned. */
  cursor?: string;
  /** The most bytes of versions on the page; the limit of the engine unless given. A page always has at least one. */
  maxBytes?: number;
}

/** One version; a tombstone (`deleted`) has no content. */
export interface PastVersion {
  type: string;
  id: string;
  version: number;
  lastUpdated: Date;
  patientId: string | null;
  deleted: boolean;
  content: string;
}

export interface PastRow {
  type: string;
  id: string;
  version_id: number;
  last_updated: Date;
  patient_id: string | null;
  deleted: boolean;
  content: string | null;
  /** Whether the version is on the page. Versions that do not fit come after all that do. */
  fits: boolean;
  /** `last_updated` with all its digits, for the cursor. */
  moment: string;
  snapshot: string;
}

const NEWEST_FIRST = 'last_updated DESC, id DESC, version_id DESC';

/** Reads one version more than the page has, which shows whether there is another page. */
export function compilePastVersions(
  types: readonly SearchedType[],
  request: Pick<VersionsRequest, 'count' | 'since' | 'at'> & { maxBytes: number },
  scope: Scope,
  after?: readonly (string | null)[],
): Compiled {
  const { bind, values } = binder();
  const limit = `ORDER BY ${NEWEST_FIRST} LIMIT ${bind(request.count + 1, 'bigint')}`;
  const wanted = (alias: string): string[] => {
    const where: string[] = [];
    if (request.since)
      where.push(`${alias}.last_updated >= ${bind(request.since.toISOString(), 'timestamptz')}`);
    if (request.at)
      where.push(`${alias}.last_updated < ${bind(request.at.end.toISOString(), 'timestamptz')}`);
    if (scope.snapshot !== undefined)
      where.push(`pg_visible_in_snapshot(${alias}.xid, ${bind(scope.snapshot, 'pg_snapshot')})`);
    if (after !== undefined) {
      const moment = bind(after[0], 'timestamptz');
      const place = `(${moment}, ${bind(after[1], 'uuid')}, ${bind(after[2], 'integer')})`;
      where.push(`(${alias}.last_updated, ${alias}.id, ${alias}.version_id) < ${place}`);
    }
    return where;
  };
  const parts = byTable(types).flatMap((group) => {
    const { name, history, typeColumn } = group[0]!.table;
    const type = typeColumn === undefined ? bind(group[0]!.type, 'text') : `r."${typeColumn}"`;
    const select = (from: string, deleted: string, where: readonly string[]): string =>
      `(SELECT ${type} AS type, r.id, r.version_id, r.last_updated, r.patient_id, ${deleted} AS deleted, r.content,` +
      ` ${contentBytes(group[0]!.table, 'r')} AS bytes FROM "${from}" AS r WHERE ${['true', ...where].join(' AND ')} ${limit})`;
    const mayBeSeen = (alias: string): string =>
      ['true', ...seen(group, alias, { ...scope, ofMany: 'TRUE' }, 'r', bind)].join(' AND ');
    const now = select(name, 'false', [...wanted('r'), mayBeSeen('r')]);
    if (history === false) return [now];
    const pastMayBeSeen = (alias: string): string =>
      `CASE WHEN ${alias}.deleted THEN EXISTS (SELECT 1 FROM "${name}_history" AS p` +
      ` WHERE p.id = ${alias}.id AND p.version_id = ${alias}.version_id - 1 AND ${mayBeSeen('p')})` +
      ` ELSE ${mayBeSeen(alias)} END`;
    const past = [...wanted('r'), pastMayBeSeen('r')];
    if (request.at)
      past.push(
        notYetReplaced(name, mayBeSeen('n'), request.at, bind),
        notYetReplaced(`${name}_history`, pastMayBeSeen('n'), request.at, bind),
      );
    return [now, select(`${name}_history`, 'r.deleted', past)];
  });
  const cut = withinBytes({
    page: `(SELECT * FROM (${parts.join(' UNION ALL ')}) AS versions ${limit}) AS page`,
    bytes: 'coalesce(bytes, 0)',
    order: NEWEST_FIRST,
    maxBytes: bind(request.maxBytes, 'bigint'),
  });
  const text =
    `SELECT type, id, version_id, last_updated, patient_id, deleted, fitting AS content, fits,` +
    ` last_updated::text AS moment, pg_current_snapshot()::text AS snapshot` +
    ` FROM ${cut} AS cut ORDER BY ${NEWEST_FIRST}`;
  return { statement: { text }, values };
}

/**
 * The condition that no later version existed when the range began.
 * @param isSeen the condition that the caller sees the later version; a hidden one does not end the time of this one
 */
function notYetReplaced(table: string, isSeen: string, { start }: DateRange, bind: Bind): string {
  return (
    `NOT EXISTS (SELECT 1 FROM "${table}" AS n WHERE n.id = r.id AND n.version_id > r.version_id` +
    ` AND n.last_updated <= ${bind(start.toISOString(), 'timestamptz')} AND ${isSeen})`
  );
}

export const pastVersionOf = (row: PastRow): PastVersion => ({
  type: row.type,
  id: row.id,
  version: row.version_id,
  lastUpdated: row.last_updated,
  patientId: row.patient_id,
  deleted: row.deleted,
  content: row.content ?? '',
});
