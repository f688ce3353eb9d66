/**
 * Reads stored versions of a resource: the current one, any one, all of them. The content is exactly the text of the
 * answer.
 */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { DateRange } from '../../fhir/date';
import type { Queryable } from '../../platform/postgres';
import { contentBytes, withinBytes } from '../indexing/within-bytes';

/** One version as it is stored. A tombstone (`deleted`) has no content. */
export interface StoredVersion {
  type: string;
  id: string;
  version: number;
  lastUpdated: Date;
  patientId: string | null;
  submissionId: string;
  sender: string;
  deleted: boolean;
  /** True for the version that searches find. */
  current: boolean;
  content: string;
}

interface Row {
  id: string;
  version_id: number;
  last_updated: Date;
  patient_id: string | null;
  submission_id: string;
  sender: string;
  deleted: boolean;
  current: boolean;
  content: string;
}

const columns = 'id, version_id, last_updated, patient_id, submission_id, sender';

/** The newest version, a tombstone included; undefined when the server never assigned the id. */
export async function readCurrent(
  db: Queryable,
  definition: ResourceDefinition,
  type: string,
  id: string,
): Promise<StoredVersion | undefined> {
  const { name, typeColumn, history } = definition.table;
  const ofType = typeColumn === undefined ? '' : ` AND "${typeColumn}" = $2`;
  const values = typeColumn === undefined ? [id] : [id, type];
  const [row] = await db.query<Row>(
    {
      name: `read_${name}`,
      text: `SELECT ${columns}, false AS deleted, true AS current, content FROM "${name}" WHERE id = $1${ofType}`,
    },
    values,
  );
  if (row || history === false) return row && versionOf(type, row);
  const [last] = await db.query<Row>(
    {
      name: `read_last_${name}`,
      text: `SELECT ${columns}, deleted, false AS current, content FROM "${name}_history" WHERE id = $1${ofType} ORDER BY version_id DESC LIMIT 1`,
    },
    values,
  );
  return last && versionOf(type, last);
}

export async function readVersion(
  db: Queryable,
  definition: ResourceDefinition,
  type: string,
  id: string,
  version: number,
): Promise<StoredVersion | undefined> {
  const { name, typeColumn, history } = definition.table;
  const ofType = typeColumn === undefined ? '' : ` AND "${typeColumn}" = $3`;
  const past = `UNION ALL
        SELECT ${columns}, deleted, false, content FROM "${name}_history" WHERE id = $1 AND version_id = $2${ofType}`;
  const [row] = await db.query<Row>(
    {
      name: `vread_${name}`,
      text: `SELECT ${columns}, false AS deleted, true AS current, content FROM "${name}" WHERE id = $1 AND version_id = $2${ofType}
        ${history === false ? '' : past}`,
    },
    typeColumn === undefined ? [id, version] : [id, version, type],
  );
  return row && versionOf(type, row);
}

/** The versions of a resource whose content has this text as a whole JSON string, such as `Binary/<id>`. */
export async function versionsThatName(
  db: Queryable,
  { table: { name, typeColumn, history } }: ResourceDefinition,
  type: string,
  id: string,
  text: string,
): Promise<number[]> {
  const ofType = typeColumn === undefined ? '' : ` AND "${typeColumn}" = $3`;
  const select = (from: string): string =>
    `SELECT version_id FROM "${from}" WHERE id = $1 AND strpos(content, $2) > 0${ofType}`;
  const rows = await db.query<{ version_id: number }>(
    {
      name: `versions_that_name_${name}`,
      text: [name, ...(history === false ? [] : [`${name}_history`])].map(select).join(' UNION '),
    },
    [id, JSON.stringify(text), ...(typeColumn === undefined ? [] : [type])],
  );
  return rows.map(({ version_id }) => version_id);
}

export interface HistoryWindow {
  /**
   * The versions that the caller may see; null for all. Hidden versions have no effect: they do not lengthen a page,
   * and do not end the time of another version. A tombstone is visible to callers who could see the version before it.
   */
  seen: ReadonlySet<number> | null;
  count: number;
  /**
   * The most bytes of versions. A version beyond the limit comes without its content and does not fit; one always fits.
   */
  maxBytes: number;
  /** Only versions before this one: where the next page begins. */
  beforeVersion?: number;
  since?: Date;
  /** Only versions that were current at some moment of this range. */
  at?: DateRange;
}

/**
 * The versions of one resource, newest first. If there are more, it returns more than fit, or one more than `count`.
 */
export async function readHistory(
  db: Queryable,
  definition: ResourceDefinition,
  type: string,
  id: string,
  window: HistoryWindow,
): Promise<(StoredVersion & { fits: boolean })[]> {
  const { name, typeColumn, history } = definition.table;
  const ofType = typeColumn === undefined ? '' : ` AND "${typeColumn}" = $9`;
  const past = `UNION ALL
          SELECT ${columns}, deleted, false, content FROM "${name}_history" WHERE id = $1${ofType}`;
  const cut = withinBytes({
    page: `(SELECT * FROM (SELECT *, lead(last_updated) OVER (ORDER BY version_id) AS ended FROM (
          SELECT ${columns}, false AS deleted, true AS current, content FROM "${name}" WHERE id = $1${ofType}
          ${history === false ? '' : past}
        ) AS versions
          WHERE $8::int[] IS NULL OR version_id - CASE WHEN deleted THEN 1 ELSE 0 END = ANY($8)) AS spans
        WHERE version_id < $2 AND last_updated >= $3
          AND last_updated < $5::timestamptz AND (ended IS NULL OR ended > $6::timestamptz)
        ORDER BY version_id DESC LIMIT $4) AS page`,
    bytes: contentBytes(definition.table, 'page'),
    order: 'version_id DESC',
    maxBytes: '$7::bigint',
  });
  const rows = await db.query<Row & { fits: boolean }>(
    {
      name: `history_${name}`,
      text: `SELECT ${columns}, deleted, current, fitting AS content, fits FROM ${cut} AS cut ORDER BY version_id DESC`,
    },
    [
      id,
      window.beforeVersion ?? 2 ** 31 - 1,
      window.since ?? new Date(0),
      window.count + 1,
      window.at?.end ?? 'infinity',
      window.at?.start ?? '-infinity',
      window.maxBytes,
      window.seen === null ? null : [...window.seen],
      ...(typeColumn === undefined ? [] : [type]),
    ],
  );
  return rows.map((row) => ({ ...versionOf(type, row), fits: row.fits }));
}

const versionOf = (type: string, row: Row): StoredVersion => ({
  type,
  id: row.id,
  version: row.version_id,
  lastUpdated: row.last_updated,
  patientId: row.patient_id,
  submissionId: row.submission_id,
  sender: row.sender,
  deleted: row.deleted,
  current: row.current,
  content: row.content ?? '',
});
