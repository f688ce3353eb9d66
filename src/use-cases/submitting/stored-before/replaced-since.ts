/**
 * Reads what a sender's submissions have withdrawn or changed of some patients: what newer ones did, and what was
 * withdrawn at any time. A submission may bring it again.
 */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { statementName, type Queryable } from '../../../platform/postgres';
import { sameContent } from '../next-version/same-content';
import { STORED_ITSELF } from '../recognise/earlier-submissions';
import { contentOf, typeOf, contentsOf, boundedContents, type StoredResource } from './stored-resource';

/** What is current of the sender's data about a patient. */
export type Current = Pick<StoredResource, 'type' | 'id' | 'patientId' | 'content'>;

/** A version that a submission has put an end to. */
export interface Replaced extends Current {
  /** What the submission wrote in its place; null where it withdrew it. */
  next: AnyResource | null;
  /** False where the resource is there, with other content. */
  isWithdrawn: boolean;
  /** True where the submission that did it is newer than the one that comes now. */
  isSince: boolean;
}

/** What a submission that comes now is about. */
export interface About {
  sender: string;
  /** When its content was made, if it says so. */
  lastUpdated: Date | undefined;
  patientIds: readonly string[];
  types: readonly string[];
  /** The submissions of its own lineage: what these have withdrawn, it may bring again. */
  own: readonly string[];
}

type DefinitionOf = (type: string) => ResourceDefinition;

export interface AllReplaced {
  found: Replaced[];
  /** False where newer submissions have done more than is read. */
  isWhole: boolean;
}

/**
 * So that a patient with very many submissions is not read whole. A correction writes a version of all that it has, so
 * what was withdrawn comes first; then what followed first is the likeliest.
 */
const MOST_VERSIONS = 2_000;

/** A version that a submission wrote in place of the one before it; a tombstone where it withdrew that. */
interface Next {
  type: string;
  id: string;
  version: number;
  since: boolean;
}

export async function readReplaced(
  tx: Queryable,
  { sender, lastUpdated, patientIds, types, own }: About,
  definitionOf: DefinitionOf,
): Promise<AllReplaced> {
  // What says no time of its own is of the time at which it was received, as what says a later one is.
  const isSince = '(bundle_last_updated > $2 OR bundle_last_updated IS NULL) AND received_at > $2';
  const next = await tx.query<Next>(
    {
      name: 'written_over',
      text: `WITH about AS (
          SELECT id FROM submission WHERE patient_id = ANY($3::uuid[]) AND ${isSince}
          UNION SELECT id FROM submission WHERE patient_id = ANY($3::uuid[]) AND withdrawn <> '[]'
          UNION SELECT id FROM submission WHERE patients <> '{}' AND patients && $3::uuid[]
            AND (withdrawn <> '[]' OR ${isSince}))
        SELECT entry ->> 'type' AS type, entry ->> 'id' AS id, (entry ->> 'version')::int AS version,
          coalesce(${isSince}, false) AS since
        FROM about JOIN submission USING (id)
        CROSS JOIN LATERAL (SELECT true AS gone, jsonb_array_elements(withdrawn) AS entry
          UNION ALL SELECT false, jsonb_array_elements(CASE WHEN ${isSince} THEN stored END)) AS each
        WHERE sender = $1 AND status = 'accepted' AND ${STORED_ITSELF} AND id <> ALL($5::uuid[]) AND entry ->> 'type' = ANY($4::text[])
          AND entry -> 'version' <> '1' AND entry -> 'written' IS DISTINCT FROM 'false'
        ORDER BY since DESC, gone DESC, bundle_last_updated LIMIT ${MOST_VERSIONS}`,
    },
    [sender, lastUpdated ?? null, patientIds, types, own],
  );
  if (next.length === 0) return { found: [], isWhole: true };
  const { found, isWhole } = await versionsBefore(tx, next, sender, definitionOf);
  return {
    found: found.filter(({ content, next: now }) => now === null || !sameContent(content, now)),
    isWhole: isWhole && (next.length < MOST_VERSIONS || next.at(-1)?.since !== true),
  };
}

async function versionsBefore(
  tx: Queryable,
  next: readonly Next[],
  sender: string,
  definitionOf: DefinitionOf,
): Promise<AllReplaced> {
  const values: unknown[] = [sender];
  const branches = [...byTable(next, definitionOf)].map(([name, { definition, rows }]) => {
    const columns = [
      rows.map(({ id }) => id),
      rows.map(({ version }) => version - 1),
      rows.map(({ since }) => since),
    ];
    const [ids, versions, since] = columns.map((column) => `$${values.push(column)}`);
    const version = (of: string): string => `past.id = ${of}.id AND ${of}.version_id = past.version_id + 1`;
    return `SELECT ${typeOf(definition)} AS type, past.id, past.patient_id AS "patientId", past.content, wanted.since AS "isSince",
        coalesce((SELECT live.content FROM "${name}" AS live WHERE ${version('live')}),
          (SELECT gone.content FROM "${name}_history" AS gone WHERE ${version('gone')} AND NOT gone.deleted)) AS next,
        NOT EXISTS (SELECT 1 FROM "${name}" AS live WHERE live.id = past.id) AS "isWithdrawn"
      FROM unnest(${ids}::uuid[], ${versions}::int[], ${since}::boolean[]) AS wanted (id, version_id, since)
      JOIN "${name}_history" AS past USING (id, version_id)
      WHERE NOT past.deleted AND past.sender = $1`;
  });
  if (branches.length === 0) return { found: [], isWhole: true };
  const text = boundedContents(branches.join('\nUNION ALL\n'), {
    columns: 'type, id, "patientId", "isSince", "isWithdrawn"',
    contents: ['content', 'next'],
  });
  const rows = await tx.query<
    Omit<Replaced, 'content' | 'next'> & { content: string | null; next: string | null }
  >({ name: statementName('versions_replaced', text), text }, values);
  const found = contentsOf(rows).map((row) => ({
    ...row,
    next: row.next === null ? null : contentOf(row.next),
  }));
  return { found, isWhole: rows.every(({ content, isSince }) => content !== null || !isSince) };
}

function byTable(
  next: readonly Next[],
  definitionOf: DefinitionOf,
): Map<string, { definition: ResourceDefinition; rows: Next[] }> {
  const tables = new Map<string, { definition: ResourceDefinition; rows: Next[] }>();
  for (const each of next) {
    const definition = definitionOf(each.type);
    const { name, history } = definition.table;
    if (history === false) continue;
    const known = tables.get(name);
    if (known) known.rows.push(each);
    else tables.set(name, { definition, rows: [each] });
  }
  return tables;
}

const MOST_CURRENT = 5_000;

/** The newest ones of the sender's resources of these types about these patients. */
export async function readCurrent(
  tx: Queryable,
  { sender, patientIds, types }: Pick<About, 'sender' | 'patientIds' | 'types'>,
  definitionOf: DefinitionOf,
): Promise<Current[]> {
  const tables = new Map(types.map((type) => [definitionOf(type).table.name, definitionOf(type)]));
  const branches = [...tables].map(
    ([name, definition]) =>
      `(SELECT ${typeOf(definition)} AS type, id, patient_id AS "patientId", content FROM "${name}"
          WHERE patient_id = ANY($2::uuid[]) AND sender = $1 ORDER BY last_updated DESC LIMIT ${MOST_CURRENT})`,
  );
  const text = boundedContents(branches.join('\nUNION ALL\n'), { columns: 'type, id, "patientId"' });
  const rows = await tx.query<Omit<Current, 'content'> & { content: string | null }>(
    { name: statementName('current_of_sender', text), text },
    [sender, patientIds],
  );
  return contentsOf(rows);
}
