/** Reads what a sender's newer submissions have withdrawn or changed: a submission that comes late may bring it again. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { statementName, type Queryable } from '../../../platform/postgres';
import { contentOf, typeOf } from './stored-resource';

/** A version that a newer submission has put an end to. */
export interface Replaced {
  type: string;
  id: string;
  patientId: string | null;
  content: AnyResource;
  /** What the resource is now; undefined where it is withdrawn. */
  now: AnyResource | undefined;
}

export interface ReplacedSince {
  sender: string;
  /** When the submission that comes late was made. */
  lastUpdated: Date;
  patientIds: readonly string[];
  types: readonly string[];
}

/** So that a patient with very many submissions is not read whole: those that followed first are the likeliest. */
const MOST_VERSIONS = 2_000;

/** The next versions that newer submissions wrote, tombstones among them. */
interface Next {
  type: string;
  id: string;
  version: number;
}

export async function readReplacedSince(
  tx: Queryable,
  { sender, lastUpdated, patientIds, types }: ReplacedSince,
  definitionOf: (type: string) => ResourceDefinition,
): Promise<Replaced[]> {
  const next = await tx.query<Next>(
    {
      name: 'written_since',
      text: `SELECT entry ->> 'type' AS type, entry ->> 'id' AS id, (entry ->> 'version')::int AS version
        FROM submission CROSS JOIN LATERAL jsonb_array_elements(withdrawn || stored) AS entry
        WHERE (patient_id = ANY($3::uuid[]) OR patients <> '{}' AND patients && $3::uuid[])
          AND bundle_last_updated > $2 AND received_at > $2 AND sender = $1 AND status = 'accepted'
          AND entry ->> 'type' = ANY($4::text[]) AND entry -> 'version' <> '1' AND entry -> 'written' IS DISTINCT FROM 'false'
        ORDER BY bundle_last_updated LIMIT ${MOST_VERSIONS}`,
    },
    [sender, lastUpdated, patientIds, types],
  );
  return next.length === 0 ? [] : versionsBefore(tx, next, sender, definitionOf);
}

async function versionsBefore(
  tx: Queryable,
  next: readonly Next[],
  sender: string,
  definitionOf: (type: string) => ResourceDefinition,
): Promise<Replaced[]> {
  const tables = new Map<string, { definition: ResourceDefinition; ids: string[]; versions: number[] }>();
  for (const { type, id, version } of next) {
    const definition = definitionOf(type);
    const { name, history } = definition.table;
    if (history === false) continue;
    const wanted = tables.get(name) ?? { definition, ids: [], versions: [] };
    tables.set(name, wanted);
    wanted.ids.push(id);
    wanted.versions.push(version - 1);
  }
  if (tables.size === 0) return [];
  const values: unknown[] = [sender];
  const text = [...tables.values()]
    .map(
      ({
        definition,
        ids,
        versions,
      }) => `SELECT ${typeOf(definition)} AS type, past.id, past.patient_id, past.content,
          (SELECT live.content FROM "${definition.table.name}" AS live WHERE live.id = past.id) AS now
        FROM unnest($${values.push(ids)}::uuid[], $${values.push(versions)}::int[]) AS wanted (id, version_id)
        JOIN "${definition.table.name}_history" AS past USING (id, version_id)
        WHERE NOT past.deleted AND past.sender = $1`,
    )
    .join('\nUNION ALL\n');
  const rows = await tx.query<{
    type: string;
    id: string;
    patient_id: string | null;
    content: string;
    now: string | null;
  }>({ name: statementName('replaced_since', text), text }, values);
  return rows.map(({ type, id, patient_id, content, now }) => ({
    type,
    id,
    patientId: patient_id,
    content: contentOf(content),
    now: now === null ? undefined : contentOf(now),
  }));
}
