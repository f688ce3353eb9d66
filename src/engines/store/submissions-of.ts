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
  issues: Issue[];
  /**
   * What it stored: `index` is that of the entry. `contentOf` marks a version that keeps newer content current after
   * older content came late: the submission that wrote that content.
   */
  stored: readonly { index: number; type: string; id: string; version: number; contentOf?: string }[];
}

const OF_RESOURCE = `status = 'accepted' AND stored @> jsonb_build_array(jsonb_build_object('type', $2::text, 'id', $3::text))
  AND (patient_id = $1 OR patient_id IS NULL)`;

export async function readSubmissionsOf(
  db: Queryable,
  { patientId, type, id }: { patientId: string; type: string; id: string },
): Promise<SubmissionOf[]> {
  const rows = await db.query<Omit<SubmissionOf, 'issues'> & { outcome: string }>(
    {
      name: 'read_submissions_of',
      text: `SELECT id, sender, received_at AS "receivedAt", replaces, outcome, stored,
          EXISTS (SELECT 1 FROM submission AS later WHERE later.replaces = submission.id AND later.status = 'accepted') AS "isReplaced"
        FROM submission WHERE ${OF_RESOURCE} ORDER BY received_at DESC, id DESC LIMIT 50`,
    },
    [patientId, type, id],
  );
  return rows.map(({ outcome, ...rest }) => ({ ...rest, issues: JSON.parse(outcome) as Issue[] }));
}

/** The ids of those resources of a type that a correction of this patient's data has stored. */
export async function readCorrected(
  db: Queryable,
  { patientId, type }: { patientId: string; type: string },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    {
      name: 'read_corrected',
      text: `SELECT DISTINCT item ->> 'id' AS id FROM submission, jsonb_array_elements(stored) AS item
        WHERE patient_id = $1 AND status = 'accepted' AND replaces IS NOT NULL AND item ->> 'type' = $2`,
    },
    [patientId, type],
  );
  return rows.map(({ id }) => id);
}
