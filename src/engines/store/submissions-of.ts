/** Which accepted submissions stored a resource, newest first: who sent it, when, and what was remarked on. */
import type { Issue } from '../../fhir/issue';
import type { Queryable } from '../../platform/postgres';

export interface SubmissionOf {
  id: string;
  sender: string;
  receivedAt: Date;
  /** The submission of the lineage that it replaces. */
  replaces: string | null;
  /** True where a later submission of the lineage replaces it. */
  isReplaced: boolean;
  /** The remarks on what it stored of that. */
  issues: Issue[];
  /**
   * What it stored of what is asked about: `index` is that of the entry. `contentOf` marks a version that keeps newer content current after
   * older content came late: the submission that wrote that content.
   */
  stored: readonly { index: number; type: string; id: string; version: number; contentOf?: string }[];
}

const OF_RESOURCE = `status = 'accepted' AND stored @> jsonb_build_array(jsonb_build_object('type', $2::text, 'id', $3::text))
  AND (patient_id = $1 OR patient_id IS NULL)`;

/** The entries of a list of what was stored that are of what is asked about: a list may have thousands. */
const STORED = `SELECT jsonb_agg(entry) FROM jsonb_array_elements(newest.stored) AS entry
  WHERE entry ->> 'type' || '/' || (entry ->> 'id') = ANY($4::text[])`;

/**
 * The remarks on these entries. Each is compared as text, because PostgreSQL refuses to read some strings of JSON. A
 * quotation mark inside of a string has a backslash before it.
 */
const REMARKS = `SELECT json_agg(remark)::text FROM json_array_elements(newest.outcome::json) AS remark
  WHERE split_part(split_part(remark::text, '"expression":"Bundle.entry[', 2), ']', 1)
    IN (SELECT entry ->> 'index' FROM jsonb_array_elements(asked.stored) AS entry)`;

interface Asked {
  patientId: string;
  type: string;
  id: string;
  /** `Type/id` of what is shown. */
  shown: readonly string[];
}

/** @returns of each submission what it stored of the shown resources, and the remarks on that */
export async function readSubmissionsOf(
  db: Queryable,
  { patientId, type, id, shown }: Asked,
): Promise<SubmissionOf[]> {
  const rows = await db.query<Omit<SubmissionOf, 'issues'> & { outcome: string | null }>(
    {
      name: 'read_submissions_of',
      text: `SELECT id, sender, received_at AS "receivedAt", replaces, coalesce(asked.stored, '[]') AS stored, (${REMARKS}) AS outcome,
          EXISTS (SELECT 1 FROM submission AS later WHERE later.replaces = newest.id AND later.status = 'accepted') AS "isReplaced"
        FROM (SELECT * FROM submission WHERE ${OF_RESOURCE} ORDER BY received_at DESC, id DESC LIMIT 50) AS newest
        CROSS JOIN LATERAL (${STORED}) AS asked (stored)
        ORDER BY received_at DESC, id DESC`,
    },
    [patientId, type, id, shown],
  );
  return rows.map(({ outcome, ...rest }) => ({ ...rest, issues: JSON.parse(outcome ?? '[]') as Issue[] }));
}

/** Which of these resources of a type a correction of this patient's data has stored. */
export async function readCorrected(
  db: Queryable,
  { patientId, type, ids }: { patientId: string; type: string; ids: readonly string[] },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    {
      name: 'read_corrected',
      text: `SELECT DISTINCT item ->> 'id' AS id FROM submission, jsonb_array_elements(stored) AS item
        WHERE patient_id = $1 AND status = 'accepted' AND replaces IS NOT NULL AND item ->> 'type' = $2
          AND item ->> 'id' = ANY($3::text[])`,
    },
    [patientId, type, ids],
  );
  return rows.map(({ id }) => id);
}
