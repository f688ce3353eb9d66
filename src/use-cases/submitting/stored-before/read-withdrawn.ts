/** Reads which resources of a lineage are withdrawn, and which ones other submissions contain. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { statementName, type Queryable } from '../../../platform/postgres';
import { saysTheSame } from '../next-version/same-content';
import {
  storedColumns,
  storedOf,
  typeOf,
  contentsOf,
  boundedContents,
  type ResourcesToRead,
  type StoredResource,
  type StoredRow,
  type Unread,
} from './stored-resource';

interface Lineage {
  sender: string;
  identifier: string | undefined;
  /** The types by which a transaction is a summary. */
  careTypes: readonly string[];
}

/**
 * Reads which of these ids the sender has withdrawn: their newest version is a withdrawal. The contents of many editions
 * may be too large: then the largest are not read, and what has one is known by its `fullUrl` alone.
 */
export async function readWithdrawn(
  db: Queryable,
  wanted: readonly Pick<ResourcesToRead, 'definition' | 'ids'>[],
  sender: string,
): Promise<Map<string, StoredResource>> {
  const values: unknown[] = [sender];
  const branches = wanted
    .filter(({ definition, ids }) => definition.table.history !== false && ids.size > 0)
    .map(({ definition, ids }) => {
      const history = `"${definition.table.name}_history"`;
      return `SELECT ${typeOf(definition)} AS type, ${storedColumns
        .split(', ')
        .map((name) => (name === 'content' ? 'before.content' : `gone.${name}`))
        .join(', ')}
        FROM ${history} AS gone
        JOIN LATERAL (SELECT content FROM ${history} AS past WHERE past.id = gone.id AND NOT past.deleted
          ORDER BY version_id DESC LIMIT 1) AS before ON true
        WHERE gone.id = ANY($${values.push([...ids])}::uuid[]) AND gone.deleted AND gone.sender = $1
          AND NOT EXISTS (SELECT 1 FROM "${definition.table.name}" AS live WHERE live.id = gone.id)
          AND NOT EXISTS (SELECT 1 FROM ${history} AS later
            WHERE later.id = gone.id AND later.version_id > gone.version_id)`;
    });
  const withdrawn = new Map<string, StoredResource>();
  if (branches.length === 0) return withdrawn;
  const text = boundedContents(branches.join('\nUNION ALL\n'), {
    columns: 'type, id, version_id, patient_id, sender, submission_id',
  });
  const rows = await db.query<Unread<StoredRow>>({ name: statementName('withdrawn', text), text }, values);
  for (const row of rows) withdrawn.set(`${row.type}/${row.id}`, { ...storedOf(row), isWithdrawn: true });
  return withdrawn;
}

/**
 * Finds the resources that a current submission outside this lineage contains: the newest submission of another
 * lineage, or any submission without a lineage. Submissions that wrote a version are read from the versions; those that
 * found a resource without writing it are read through an index. Each list of what was stored is read once: others may
 * have found the same resources in any number of submissions, with thousands of entries each.
 */
export async function readCarriedElsewhere(
  db: Queryable,
  wanted: readonly Pick<ResourcesToRead, 'definition' | 'ids'>[],
  lineage: Lineage,
): Promise<Set<string>> {
  const carried = new Set<string>();
  const written = versionsOf(wanted, 'id, submission_id');
  if (written.length === 0) return carried;
  const text = `WITH other AS MATERIALIZED (SELECT s.id, ${ONLY_CHANGES} AS only_changes FROM submission AS s
      WHERE s.id IN (SELECT submission_id FROM (${written.join(' UNION ')}) AS w UNION ${FOUND_IN}) AND ${IS_NEWEST}),
    listed AS MATERIALIZED (SELECT other.only_changes, s.id AS submission_id, entry ->> 'id' AS id,
        entry -> 'created' = 'true' AS created, entry -> 'updated' = 'true' AS updated
      FROM other JOIN submission AS s USING (id) CROSS JOIN LATERAL jsonb_array_elements(s.stored) AS entry
      WHERE ${IS_SOUGHT}),
    said AS (SELECT id, only_changes,
        coalesce(bool_or(created), false) OR NOT coalesce(bool_or(updated), false) AS stated
      FROM listed GROUP BY submission_id, id, only_changes)
    SELECT DISTINCT id FROM said WHERE stated OR NOT only_changes`;
  const ids = [...new Set(wanted.flatMap((each) => [...each.ids]))];
  const rows = await db.query<{ id: string }>({ name: statementName('carried', text), text }, [
    ids,
    lineage.sender,
    lineage.identifier ?? null,
    lineage.careTypes,
  ]);
  for (const { id } of rows) carried.add(id);
  return carried;
}

/**
 * Of these resources, which other current submissions contain, those whose stored content none of these states: what is
 * current is what nobody says. An update by the sender states it, too.
 */
export async function findSaidByNoOther(
  db: Queryable,
  resources: readonly StoredResource[],
  lineage: Lineage,
  definitionOf: (type: string) => ResourceDefinition,
): Promise<Set<string>> {
  if (resources.length === 0) return new Set();
  const tables = new Map(resources.map(({ type }) => [definitionOf(type).table.name, definitionOf(type)]));
  const written = versionsOf(
    [...tables.values()].map((definition) => ({ definition })),
    'id, submission_id, version_id, content',
  );
  // The first version that a submission wrote has its own content; one after it keeps that of another. Each list of what
  // was stored is read once, and not once for each resource.
  const text = `WITH version AS MATERIALIZED (${written.join(' UNION ALL ')}),
    other AS MATERIALIZED (SELECT s.id FROM submission AS s
      WHERE s.id IN (SELECT submission_id FROM version) AND ${IS_NEWEST}),
    listed AS MATERIALIZED (SELECT DISTINCT other.id AS submission_id, entry ->> 'id' AS id
      FROM other JOIN submission AS s USING (id) CROSS JOIN LATERAL jsonb_array_elements(s.stored) AS entry
      WHERE ${IS_SOUGHT})
    ${boundedContents(
      `SELECT DISTINCT ON (w.id, w.submission_id) w.id, w.content
      FROM version AS w JOIN listed AS l ON l.submission_id = w.submission_id AND l.id = w.id::text
      ORDER BY w.id, w.submission_id, w.version_id`,
      { columns: 'id' },
    )}`;
  const rows = await db.query<{ id: string; content: string | null }>(
    { name: statementName('said_elsewhere', text), text },
    [resources.map(({ id }) => id), lineage.sender, lineage.identifier ?? null],
  );
  const stated = new Map<string, AnyResource[]>();
  const note = ({ id, content }: { id: string; content: AnyResource }): void => {
    const others = stated.get(id);
    if (others) others.push(content);
    else stated.set(id, [content]);
  };
  // What is too large to be compared may say the same.
  const unread = new Set(rows.filter(({ content }) => content === null).map(({ id }) => id));
  contentsOf(rows).forEach(note);
  const isSaid = ({ id, content }: StoredResource): boolean | undefined =>
    stated.get(id)?.some((other) => saysTheSame(other, content));
  const unsaid = resources.filter((each) => !unread.has(each.id) && isSaid(each) !== true);
  const found = unsaid.map(({ type, id }) => ({ id, definition: definitionOf(type) }));
  for (const each of await findStatedElsewhere(db, found, lineage)) note(each);
  return new Set(unsaid.filter((each) => isSaid(each) === false).map(({ id }) => id));
}

/** What a current summary of another lineage states. */
export interface StatedElsewhere {
  id: string;
  sender: string;
  content: AnyResource;
}

/**
 * Finds what current submissions outside this lineage, other than updates by its sender, state of these resources. A
 * submission that found a resource without writing it states the version that it found. Each list of what was stored is
 * read once, because it may be as long as the list of the resources; and each version once of a sender, because others
 * may have found it any number of times.
 */
export async function findStatedElsewhere(
  db: Queryable,
  resources: readonly { id: string; definition: ResourceDefinition }[],
  lineage: Lineage,
): Promise<StatedElsewhere[]> {
  const tables = new Map(resources.map((each) => [each.definition.table.name, each]));
  const versions = versionsOf([...tables.values()], 'id, version_id, submission_id, content');
  if (versions.length === 0) return [];
  const text = `WITH version AS MATERIALIZED (${versions.join(' UNION ALL ')}),
    other AS MATERIALIZED (SELECT s.id FROM submission AS s
      WHERE s.id IN (SELECT submission_id FROM version UNION ${FOUND_IN})
        AND ${IS_NEWEST} AND NOT ${ONLY_CHANGES}),
    listed AS MATERIALIZED (SELECT DISTINCT s.sender, entry ->> 'id' AS id, (entry ->> 'version')::int AS version_id
      FROM other JOIN submission AS s USING (id) CROSS JOIN LATERAL jsonb_array_elements(s.stored) AS entry
      WHERE ${IS_SOUGHT} AND NOT entry ? 'contentOf')
    ${boundedContents(
      `SELECT v.id, l.sender, v.content FROM listed AS l
      JOIN version AS v ON v.id::text = l.id AND v.version_id = l.version_id`,
      { columns: 'id, sender', order: 'sender <> $2, octet_length(content)' },
    )}`;
  const ids = resources.map(({ id }) => id);
  const rows = await db.query<{ id: string; sender: string; content: string | null }>(
    { name: statementName('stated_elsewhere', text), text },
    [ids, lineage.sender, lineage.identifier ?? null, lineage.careTypes],
  );
  return contentsOf(rows);
}

/** Queries for the versions of resources, current and past, with the ids in `$1`. */
const versionsOf = (wanted: readonly Pick<ResourcesToRead, 'definition'>[], columns: string): string[] =>
  wanted.flatMap(({ definition: { table } }) =>
    [table.name, ...(table.history === false ? [] : [`${table.name}_history`])].map(
      (name) => `SELECT ${columns} FROM "${name}" WHERE id = ANY($1::uuid[])`,
    ),
  );

/**
 * True of an entry of what was stored that is one of the resources `$1`. Others are in the list in thousands. As a
 * comparison alone PostgreSQL would join it, and look through each list for each resource.
 */
const IS_SOUGHT = `(entry ->> 'id' IN (SELECT sought::text FROM unnest($1::uuid[]) AS sought)) IS TRUE`;

/** True of the newest accepted submission `s` of a lineage other than that of the sender `$2` and identifier `$3`. */
const IS_NEWEST = `s.status = 'accepted'
    AND (s.sender <> $2 OR s.bundle_identifier IS DISTINCT FROM $3)
    AND NOT EXISTS (SELECT 1 FROM submission AS n WHERE n.status = 'accepted' AND n.sender = s.sender
      AND n.bundle_identifier = s.bundle_identifier AND n.lineage_position > s.lineage_position)`;

/**
 * What this sender only changed by a `PUT`, without a lineage and in no summary, is still the summary's to withdraw: a
 * PUT has no correction that could withdraw it. What such a submission made or stated itself, by a `POST`, is its own.
 */
const ONLY_CHANGES = `(s.sender = $2 AND s.bundle_identifier IS NULL AND (s.bundle_type = 'batch'
        OR s.bundle_type = 'transaction' AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(s.stored) AS entry
          WHERE entry ->> 'type' = ANY ($4::text[]))))`;

/** The expression of the index `submission_found`: ids of resources that an entry named without writing a version. */
const FOUND_NOT_WRITTEN = `jsonb_path_query_array(s.stored, '$[*] ? (@.written == false && @.type != "Patient" && @.type != "Organization").id')`;

/**
 * The submissions that found one of `$1` without writing it. Of `?|` the index answers for sure; after `@>` PostgreSQL
 * would compare each list with each id again.
 */
const FOUND_IN = `SELECT s.id FROM submission AS s WHERE s.status = 'accepted' AND ${FOUND_NOT_WRITTEN} ?| $1::uuid[]::text[]`;
