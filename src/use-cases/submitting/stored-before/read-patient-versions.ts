/**
 * Reads the newest versions of stored Patients, to tell which submission a value comes from. Only a retraction needs
 * them, and a submission that speaks of a patient who is stored as dead.
 */
import type { PatientVersion } from '../../../definitions/patients';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { EntryRequest, Restated } from '../steps';
import { contentOf, type StoredResource } from './stored-resource';

/** What was said of a stored Patient before, as far as it is read. */
export interface SaidOfPatient {
  /** Newest first, at most {@link MOST_VERSIONS}; without content that came late, which was never current. */
  versions: readonly PatientVersion[];
  /** The submissions that stated the stored version again. It was their sender's choice, too. */
  restatedBy: ReadonlySet<string>;
}

/** What is older is not asked for its submission. */
const MOST_VERSIONS = 50;
/** A summary has one patient, and a transaction of a ward a few. What is read for one is not read for thousands. */
const MOST_PATIENTS = 20;

interface Sent {
  requests: readonly EntryRequest[];
  resources: ReadonlyMap<string, StoredResource>;
  /** Set for the retraction of a document over HL7 v2. */
  restates: Restated | undefined;
}

/** @returns by the id of the patient, for at most {@link MOST_PATIENTS}; nothing for a submission that does not need it */
export async function readPatientVersions(
  tx: Queryable,
  { requests, resources, restates }: Sent,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): Promise<ReadonlyMap<string, SaidOfPatient>> {
  const said = new Map<string, SaidOfPatient>();
  if (!requests.some(({ resource }) => resource.resourceType === patients.type)) return said;
  const all = restates !== undefined || isRetraction(requests, patients);
  for (const stored of resources.values()) {
    if (stored.type !== patients.type || !(all || patients.isDead(stored.content))) continue;
    if (said.size === MOST_PATIENTS) break;
    said.set(stored.id, await readOne(tx, stored, patients.table.name));
  }
  return said;
}

/** True where every stay and document is entered in error. */
export function isRetraction(
  requests: readonly Pick<EntryRequest, 'resource'>[],
  { careTypes }: Pick<SubmissionDefinitions['patients'], 'careTypes'>,
): boolean {
  const care = requests.filter(({ resource }) => careTypes.includes(resource.resourceType));
  return care.length > 0 && care.every(({ resource }) => resource.status === 'entered-in-error');
}

interface VersionRow {
  submission_id: string;
  content: string;
  made_at: Date | null;
}

async function readOne(
  db: Queryable,
  { id, version }: StoredResource,
  table: string,
): Promise<SaidOfPatient> {
  // A submission that came late wrote two versions: its own content, and again what stays current.
  const text = `SELECT v.submission_id, v.content,
      CASE WHEN s.bundle_last_updated > s.received_at THEN s.received_at ELSE s.bundle_last_updated END AS made_at
    FROM (SELECT id, version_id, submission_id, content FROM "${table}" WHERE id = $1::uuid
      UNION ALL SELECT id, version_id, submission_id, content FROM "${table}_history" WHERE id = $1::uuid AND content IS NOT NULL) AS v
    JOIN submission AS s ON s.id = v.submission_id
    WHERE NOT jsonb_path_exists(s.stored, '$[*] ? (@.id == $id && exists(@.contentOf))', jsonb_build_object('id', $1::text))
    ORDER BY v.version_id DESC LIMIT ${MOST_VERSIONS}`;
  const rows = await db.query<VersionRow>({ name: statementName('versions_of_patient', text), text }, [id]);
  const restating = await db.query<{ id: string }>(
    {
      name: 'submissions_restating_patient',
      text: `${['patient_id = $1::uuid', 'patient_id IS NULL']
        .map(
          (isOf) => `SELECT id FROM submission WHERE status = 'accepted' AND ${isOf}
            AND stored @> jsonb_build_array(jsonb_build_object('id', $1::text, 'version', $2::int, 'restated', true))`,
        )
        .join(' UNION ALL ')} LIMIT ${MOST_VERSIONS}`,
    },
    [id, version],
  );
  return {
    versions: rows.map((row) => ({
      submissionId: row.submission_id,
      content: contentOf(row.content),
      madeAt: row.made_at ?? undefined,
    })),
    restatedBy: new Set(restating.map((row) => row.id)),
  };
}
