/**
 * Reads what the submissions about a stored Patient said of the patient. Only a retraction needs it, and a submission
 * that speaks of a death.
 */
import { append } from '../../../fhir/long-lists';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { isRetraction } from '../patient-statement';
import { STORED_ITSELF, type Earlier } from '../recognise/earlier-submissions';
import type { EntryRequest, Restated, Stated } from '../steps';
import { madeAt as madeAtOf } from './read-origins';
import { contentOf, type StoredResource } from './stored-resource';
import type { AnyResource } from '../../../fhir/types';

/** What one edition of a summary said. */
export interface SaidBefore {
  submissionId: string;
  /** The same for all editions of one lineage. */
  lineage: string;
  /** When it was made or, if it does not say so, received. */
  at: Date;
  /** Undefined where it is not known: the record is older than this field, or beyond the bounds. */
  stated: Stated | undefined;
  /** The stays and documents that it stored. */
  care: readonly string[];
}

/** What was said of a stored Patient before. */
export interface SaidOfPatient {
  content: AnyResource;
  /** By the editions of the lineage of the incoming submission, newest first. */
  ours: readonly SaidBefore[];
  /** By the editions of other lineages, newest first in each, and by submissions without one. */
  others: readonly SaidBefore[];
  /** Of the stays and documents of the others, those that still stand. */
  standing: ReadonlySet<string>;
}

/** A summary has one patient, and a transaction of a ward a few. What is read for one is not read for thousands. */
const MOST_PATIENTS = 20;
/** The newest submissions of a patient that are looked at (of one patient alone, and of several), and the bytes of their records. */
const MOST_SUBMISSIONS = 300;
const MOST_BYTES = 500_000;

interface Sent {
  requests: readonly EntryRequest[];
  resources: ReadonlyMap<string, StoredResource>;
  /** The accepted submissions of the lineage, newest first. */
  earlier: readonly Earlier[];
  madeAt: Date | undefined;
  /** Set for the retraction of a document over HL7 v2. */
  restates: Restated | undefined;
}

/** @returns by the id of the patient, for at most {@link MOST_PATIENTS}; nothing for a submission that does not need it */
export async function readPatientStatements(
  tx: Queryable,
  sent: Sent,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): Promise<ReadonlyMap<string, SaidOfPatient>> {
  const { requests, resources, earlier, restates } = sent;
  const said = new Map<string, SaidOfPatient>();
  const retracts = restates !== undefined || isRetraction(requests, patients);
  const spoken = new Map(
    requests.map(({ resource }) => [patients.idOfResource(resource), resource] as const),
  );
  for (const stored of resources.values()) {
    if (said.size === MOST_PATIENTS) break;
    const isPatient = stored.type === patients.type;
    const id = isPatient ? stored.id : stored.patientId;
    if (id === null || said.has(id)) continue;
    if (!retracts && !(isPatient && speaksOfDeath(stored, spoken.get(id), sent, patients))) continue;
    const content = isPatient ? stored.content : await readContent(tx, id, patients.table.name);
    if (content) said.set(id, await readOne(tx, { id, content, earlier }, patients));
  }
  return said;
}

/** True where it matters who has said what of the death: it is stored, or comes late, or the stored Patient is said to be alive. */
function speaksOfDeath(
  { content, origin }: StoredResource,
  sent: AnyResource | undefined,
  { earlier, madeAt }: Sent,
  patients: SubmissionDefinitions['patients'],
): boolean {
  const says = sent === undefined || patients.saysOfDeath(sent);
  if (patients.isDead(content)) return says || earlier.length > 0;
  if (patients.saysOfDeath(content) && sent !== undefined && patients.isDead(sent)) return true;
  return says && origin !== undefined && madeAt !== undefined && madeAt < origin.lastUpdated;
}

async function readContent(db: Queryable, id: string, table: string): Promise<AnyResource | undefined> {
  const [row] = await db.query<{ content: string }>(
    { name: 'content_of_patient', text: `SELECT content FROM "${table}" WHERE id = $1` },
    [id],
  );
  return row && contentOf(row.content);
}

async function readOne(
  db: Queryable,
  { id, content, earlier }: { id: string; content: AnyResource; earlier: readonly Earlier[] },
  patients: SubmissionDefinitions['patients'],
): Promise<SaidOfPatient> {
  const lineage = earlier.map((each) => each.id);
  const others = await readOthers(db, id, lineage, patients);
  const care: string[] = [];
  for (const each of others) append(care, each.care);
  return {
    content,
    ours: earlier.map((each) => saidIn(each, id)),
    others,
    standing: await findStanding(db, care, patients.careTables),
  };
}

interface SaidRow {
  id: string;
  lineage: string;
  at: Date;
  stated: Stated | null;
  care: string[] | null;
}

const newestOfPatient = (isOf: string): string => `(SELECT id, received_at, pg_column_size(stored) AS bytes
  FROM submission WHERE status = 'accepted' AND ${STORED_ITSELF} AND ${isOf} AND id <> ALL($4::uuid[])
  ORDER BY received_at DESC LIMIT ${MOST_SUBMISSIONS})`;

/** The list of what a submission stored may be long. What a record beyond the bounds says is not known. */
const OTHERS = `SELECT s.id, s.sender || ' ' || coalesce(s.bundle_identifier, s.id::text) AS lineage,
    CASE WHEN s.bundle_last_updated < s.received_at THEN s.bundle_last_updated ELSE s.received_at END AS at,
    CASE WHEN n.known THEN jsonb_path_query_first(s.stored, '$[*] ? (@.id == $id).stated', vars) END AS stated,
    CASE WHEN n.known THEN jsonb_path_query_array(s.stored, '$[*] ? (@.type == $care[*]).id', vars) END AS care
  FROM (SELECT id, sum(bytes) OVER (ORDER BY received_at DESC, id) <= ${MOST_BYTES} AS known FROM (
      ${newestOfPatient('patient_id = $1::uuid')} UNION ALL
      ${newestOfPatient("patient_id IS NULL AND stored @> jsonb_build_array(jsonb_build_object('id', $1::text))")}
    ) AS of_patient) AS n
  JOIN submission AS s ON s.id = n.id,
  jsonb_build_object('id', $1::text, 'type', $2::text, 'care', $3::jsonb) AS vars
  WHERE NOT n.known OR jsonb_path_exists(s.stored, '$[*] ? (@.id == $id && @.type == $type)', vars)
  ORDER BY s.lineage_position DESC NULLS LAST, s.received_at DESC`;

async function readOthers(
  db: Queryable,
  id: string,
  lineage: readonly string[],
  { type, careTypes }: SubmissionDefinitions['patients'],
): Promise<SaidBefore[]> {
  const rows = await db.query<SaidRow>({ name: 'submissions_saying_of_patient', text: OTHERS }, [
    id,
    type,
    JSON.stringify(careTypes),
    lineage,
  ]);
  const said: SaidBefore[] = rows.map((row) => ({
    submissionId: row.id,
    lineage: row.lineage,
    at: row.at,
    stated: row.stated ?? undefined,
    care: row.care ?? [],
  }));
  return rows.length < MOST_SUBMISSIONS ? said : [...said, OLDER];
}

/** Stands for the submissions that are not looked at. */
const OLDER: SaidBefore = { submissionId: '', lineage: '', at: new Date(0), stated: undefined, care: [] };

const saidIn = ({ id, lastUpdated, receivedAt, stored }: Earlier, patientId: string): SaidBefore => ({
  submissionId: id,
  lineage: '',
  at: madeAtOf(lastUpdated, receivedAt) ?? receivedAt,
  stated: stored.find((entry) => entry.id === patientId && entry.stated)?.stated,
  care: [],
});

/** Of these stays and documents, those that are neither withdrawn nor entered in error. */
async function findStanding(
  db: Queryable,
  ids: readonly string[],
  tables: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const text = tables
    .map(
      (table) =>
        `SELECT id FROM "${table}" WHERE id = ANY($1::uuid[]) AND status IS DISTINCT FROM 'entered-in-error'`,
    )
    .join(' UNION ALL ');
  const rows = await db.query<{ id: string }>({ name: 'care_that_stands', text }, [[...new Set(ids)]]);
  return new Set(rows.map(({ id }) => id));
}
