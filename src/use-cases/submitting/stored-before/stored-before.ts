/**
 * What the store already knows that bears on a submission, read inside the writing transaction under its locks: was
 * it sent before, which summary does it correct, which of its resources are here already.
 */
import { storedAt } from '../../../definitions/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { Issue } from '../../../fhir/issue';
import type { AnyResource } from '../../../fhir/types';
import { parseJson } from '../../../fhir/json';
import { PATIENTS_CONCERNED } from '../../../engines/store/submissions';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { BundleKind, StoredEntry } from '../steps';

/** A resource as it is stored now. */
export interface StoredResource {
  type: string;
  id: string;
  version: number;
  patientId: string | null;
  sender: string;
  submissionId: string;
  content: AnyResource;
  /** True of what is withdrawn now: there is no current version that a new one would replace. */
  isWithdrawn?: true;
  /** The submission that the content is of, where it says when its content was made (`Bundle.meta.lastUpdated`). */
  origin?: { submissionId: string; lastUpdated: Date };
}

/** An accepted submission, as far as sameness and corrections ask. */
export interface Earlier {
  id: string;
  kind: BundleKind;
  receivedAt: Date;
  version: string | null;
  lastUpdated: Date | null;
  contentSha256: Buffer | null;
  position: number | null;
  patientId: string | null;
  /** Every patient concerned. */
  patients: string[];
  stored: StoredEntry[];
  issues: Issue[];
}

export interface StoredBefore {
  /** By `Type/id`. */
  stored: Map<string, StoredResource>;
  /** By `Type|token` of a business key; in the order of their ids. */
  byKey: Map<string, StoredResource[]>;
  /**
   * What this sender has withdrawn, by `Type/id`: the version of the withdrawal, and the content before it. Read for
   * what earlier editions of the same summary carried.
   */
  withdrawn: Map<string, StoredResource>;
  /** Ids of what current summaries beside the corrected one carry. */
  carriedElsewhere: Set<string>;
}

export interface ResourcesToRead {
  definition: ResourceDefinition;
  ids: Set<string>;
  keys: Set<string>;
}

interface EarlierRow {
  id: string;
  bundle_type: BundleKind;
  received_at: Date;
  bundle_version: string | null;
  bundle_last_updated: Date | null;
  content_sha256: Buffer | null;
  lineage_position: number | null;
  patient_id: string | null;
  patients: string[];
  stored: StoredEntry[];
  outcome: string;
}

const earlierColumns = `id, bundle_type, received_at, bundle_version, bundle_last_updated, content_sha256, lineage_position,
  patient_id, ${PATIENTS_CONCERNED} AS patients, stored, outcome`;

const earlierOf = (row: EarlierRow): Earlier => ({
  id: row.id,
  kind: row.bundle_type,
  receivedAt: row.received_at,
  version: row.bundle_version,
  lastUpdated: row.bundle_last_updated,
  contentSha256: row.content_sha256,
  position: row.lineage_position,
  patientId: row.patient_id,
  patients: row.patients,
  stored: row.stored,
  issues: JSON.parse(row.outcome) as Issue[],
});

/**
 * The accepted submission of this sender with these very bytes, if there is one. A batch that was kept whole is none:
 * some of its entries may have been refused, and each entry is judged for itself, whatever bytes the batch had.
 */
export async function findSameBytes(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<Earlier | undefined> {
  const [row] = await db.query<EarlierRow>(
    {
      name: 'submission_same_bytes',
      text: `SELECT ${earlierColumns} FROM submission WHERE sender = $1 AND sha256 = $2 AND status = 'accepted'
        AND content_sha256 IS NOT NULL`,
    },
    [sender, sha256],
  );
  return row && earlierOf(row);
}

/** The id of the batch of this sender with these very bytes that was kept whole, if there is one. */
export async function findKeptBatch(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    {
      name: 'submission_kept_batch',
      text: `SELECT id FROM submission WHERE sender = $1 AND sha256 = $2 AND status = 'accepted'
        AND content_sha256 IS NULL`,
    },
    [sender, sha256],
  );
  return row?.id;
}

/** The accepted submissions of a lineage, newest first. */
export async function findLineage(db: Queryable, sender: string, identifier: string): Promise<Earlier[]> {
  const rows = await db.query<EarlierRow>(
    {
      name: 'submission_lineage',
      text: `SELECT ${earlierColumns} FROM submission
        WHERE sender = $1 AND bundle_identifier = $2 AND status = 'accepted' ORDER BY lineage_position DESC`,
    },
    [sender, identifier],
  );
  return rows.map(earlierOf);
}

/**
 * True where accepted submissions of other lineages (or of none) speak of the patient too. Those about several patients
 * name none of them in their record: what they stored says whose it is.
 * @param tables of resources
 */
export async function hasOtherSubmissions(
  db: Queryable,
  patientId: string,
  { sender, identifier }: { sender: string; identifier: string | undefined },
  tables: readonly string[],
): Promise<boolean> {
  const isOther = `s.status = 'accepted' AND (s.sender <> $2 OR s.bundle_identifier IS DISTINCT FROM $3)`;
  const storedOf = tables.map((table) => `SELECT submission_id FROM "${table}" WHERE patient_id = $1`);
  const text = `SELECT 1 FROM submission AS s WHERE ${isOther}
      AND (s.patient_id = $1 OR s.patient_id IS NULL AND s.stored @> $4::jsonb)
    UNION ALL
    SELECT 1 FROM (${storedOf.join(' UNION ')}) AS w JOIN submission AS s ON s.id = w.submission_id
      WHERE s.patient_id IS NULL AND ${isOther}
    LIMIT 1`;
  const rows = await db.query({ name: statementName('others_of_patient', text), text }, [
    patientId,
    sender,
    identifier ?? null,
    JSON.stringify([{ id: patientId }]),
  ]);
  return rows.length > 0;
}

/** Of these patients, those of whom the sender has stored something in one of the tables. */
export async function findPatientsOf(
  db: Queryable,
  tables: readonly string[],
  sender: string,
  patientIds: readonly string[],
): Promise<Set<string>> {
  const text = tables
    .map((table) => `SELECT patient_id FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND sender = $2`)
    .join(' UNION ');
  const rows = await db.query<{ patient_id: string }>({ name: 'patients_of_sender', text }, [
    patientIds,
    sender,
  ]);
  return new Set(rows.map(({ patient_id }) => patient_id));
}

/** Of these ids, those that this server gave to a resource of any type, now or before. */
export async function findOwnIds(
  db: Queryable,
  tables: readonly string[],
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const text = tables
    .flatMap((table) => [table, `${table}_history`])
    .map((table) => `SELECT id FROM "${table}" WHERE id = ANY($1::uuid[])`)
    .join(' UNION ');
  const rows = await db.query<{ id: string }>({ name: 'own_ids', text }, [ids]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Reads the stored resources by id and by business key: one statement, however many types and keys, and one more where
 * other submissions than those of the lineage wrote them.
 */
export async function readStoredBefore(
  db: Queryable,
  wanted: readonly ResourcesToRead[],
  lineage: readonly Earlier[],
): Promise<StoredBefore> {
  const before: StoredBefore = {
    stored: new Map(),
    byKey: new Map(),
    withdrawn: new Map(),
    carriedElsewhere: new Set(),
  };
  const branches: string[] = [];
  const values: unknown[] = [];
  const definitions = new Map<string, ResourceDefinition>();
  for (const { definition, ids, keys } of wanted) {
    const { name, typeColumn } = definition.table;
    if (typeColumn === undefined) definitions.set(definition.type, definition);
    const select = `SELECT ${typeOf(definition)} AS type, ${storedColumns} FROM "${name}"`;
    if (ids.size > 0) branches.push(`${select} WHERE id = ANY($${values.push([...ids])}::uuid[])`);
    if (keys.size > 0) branches.push(`${select} WHERE identifier && $${values.push([...keys])}::text[]`);
  }
  if (branches.length === 0) return before;
  const text = `${branches.join('\nUNION ALL\n')}\nORDER BY id`;
  for (const row of await db.query<StoredRow>({ name: statementName('stored_before', text), text }, values)) {
    if (before.stored.has(`${row.type}/${row.id}`)) continue;
    const stored = storedOf(row);
    before.stored.set(`${row.type}/${row.id}`, stored);
    for (const key of definitions.get(row.type)?.identity?.keys(stored.content, storedAt(stored.content)) ??
      []) {
      const list = before.byKey.get(`${row.type}|${key}`);
      if (list) list.push(stored);
      else before.byKey.set(`${row.type}|${key}`, [stored]);
    }
  }
  const told = [...definitions.values()].filter(isToldByIdentifier).map(({ type }) => type);
  await readOrigins(
    db,
    [...before.stored.values()].filter(({ type }) => told.includes(type)),
    lineage,
  );
  return before;
}

/** True of the types that a business identifier tells apart within a sender or custodian, and that not all share. */
export const isToldByIdentifier = ({ identity, merge }: ResourceDefinition): boolean =>
  identity !== undefined && merge === undefined;

interface StoredRow {
  type: string;
  id: string;
  version_id: number;
  patient_id: string | null;
  sender: string;
  submission_id: string;
  content: string;
}

const storedColumns = 'id, version_id, patient_id, sender, submission_id, content';

const typeOf = ({ type, table: { typeColumn } }: ResourceDefinition): string =>
  typeColumn === undefined ? `'${type}'::text` : `"${typeColumn}"`;

const storedOf = (row: StoredRow): StoredResource => ({
  type: row.type,
  id: row.id,
  version: row.version_id,
  patientId: row.patient_id,
  sender: row.sender,
  submissionId: row.submission_id,
  content: contentOf(row.content),
});

/** Says of each resource which submission its content is of. */
async function readOrigins(
  db: Queryable,
  resources: readonly StoredResource[],
  lineage: readonly Earlier[],
): Promise<void> {
  const saidBy = new Map(resources.map((stored) => [stored, stored.submissionId]));
  const known = new Map<string, { last_updated: Date | null; kept: StoredEntry[] }>();
  for (const { id, lastUpdated, stored } of lineage)
    known.set(id, {
      last_updated: lastUpdated,
      kept: stored.filter(({ contentOf: ofOther }) => ofOther !== undefined),
    });
  for (;;) {
    // A version that kept newer content current says what another submission said.
    for (const [stored, submissionId] of saidBy) {
      const kept = known
        .get(submissionId)
        ?.kept.find(
          ({ type, id, version }) => type === stored.type && id === stored.id && version === stored.version,
        );
      if (kept?.contentOf !== undefined) saidBy.set(stored, kept.contentOf);
    }
    const unknown = [...new Set(saidBy.values())].filter((id) => !known.has(id));
    if (unknown.length === 0) break;
    const rows = await db.query<{ id: string; last_updated: Date | null; kept: StoredEntry[] | null }>(
      {
        name: 'submission_origins',
        text: `SELECT id, bundle_last_updated AS last_updated,
            jsonb_path_query_array(stored, '$[*] ? (exists(@.contentOf))') AS kept
          FROM submission WHERE id = ANY($1::uuid[])`,
      },
      [unknown],
    );
    for (const id of unknown) known.set(id, { last_updated: null, kept: [] });
    for (const { id, last_updated, kept } of rows) known.set(id, { last_updated, kept: kept ?? [] });
  }
  for (const [stored, submissionId] of saidBy) {
    const lastUpdated = known.get(submissionId)?.last_updated;
    if (lastUpdated) stored.origin = { submissionId, lastUpdated };
  }
}

/** Reads what the sender has withdrawn of these ids: the newest version is a withdrawal. */
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
  const text = branches.join('\nUNION ALL\n');
  for (const row of await db.query<StoredRow>({ name: statementName('withdrawn', text), text }, values))
    withdrawn.set(`${row.type}/${row.id}`, { ...storedOf(row), isWithdrawn: true });
  return withdrawn;
}

/**
 * Which of the resources a current submission beside this lineage carries: the newest of another lineage, or any one
 * without a lineage. Who wrote a version is read from the versions, who found it there without writing it by an index.
 */
export async function readCarriedElsewhere(
  db: Queryable,
  wanted: readonly Pick<ResourcesToRead, 'definition' | 'ids'>[],
  lineage: { sender: string; identifier: string | undefined },
): Promise<Set<string>> {
  const carried = new Set<string>();
  const written = wanted.flatMap(({ definition: { table } }) =>
    [table.name, ...(table.history === false ? [] : [`${table.name}_history`])].map(
      (name) => `SELECT id, submission_id FROM "${name}" WHERE id = ANY($1::uuid[])`,
    ),
  );
  if (written.length === 0) return carried;
  const isCurrent = `s.status = 'accepted' AND (s.sender <> $2 OR s.bundle_identifier IS DISTINCT FROM $3)
    AND NOT EXISTS (SELECT 1 FROM submission AS n WHERE n.status = 'accepted' AND n.sender = s.sender
      AND n.bundle_identifier = s.bundle_identifier AND n.lineage_position > s.lineage_position)`;
  const text = `SELECT w.id FROM (${written.join(' UNION ')}) AS w JOIN submission AS s ON s.id = w.submission_id
      WHERE s.stored @> jsonb_build_array(jsonb_build_object('id', w.id)) AND ${isCurrent}
    UNION
    SELECT f.id FROM unnest($1::uuid[]) AS f (id) JOIN submission AS s
      ON ${FOUND_NOT_WRITTEN} @> jsonb_build_array(f.id) WHERE ${isCurrent}`;
  const rows = await db.query<{ id: string }>({ name: statementName('carried', text), text }, [
    [...new Set(wanted.flatMap(({ ids }) => [...ids]))],
    lineage.sender,
    lineage.identifier ?? null,
  ]);
  for (const { id } of rows) carried.add(id);
  return carried;
}

/** The expression of the index `submission_found`: ids that an entry named, without writing a version. */
const FOUND_NOT_WRITTEN = `jsonb_path_query_array(s.stored, '$[*] ? (@.written == false && @.type != "Patient" && @.type != "Organization").id')`;

/** What is stored is our own JSON, digits and all. */
function contentOf(text: string): AnyResource {
  const parsed = parseJson(Buffer.from(text));
  if (!parsed.ok) throw new Error('stored content is not JSON');
  return parsed.value as AnyResource;
}
