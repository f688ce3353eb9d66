/**
 * What the store already knows that bears on a submission, read inside the writing transaction under its locks: was
 * it sent before, which summary does it correct, which of its resources are here already.
 */
import type { ResourceDefinition } from '../definitions/resource-definition';
import type { Issue } from '../fhir/issue';
import type { AnyResource } from '../fhir/types';
import { parseJson } from '../fhir/json';
import { statementName, type Queryable } from '../platform/postgres';
import type { BundleKind, StoredEntry } from './steps';

/** A resource as it is stored now. */
export interface Stored {
  type: string;
  id: string;
  version: number;
  patientId: string | null;
  sender: string;
  submissionId: string;
  content: AnyResource;
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
  stored: StoredEntry[];
  issues: Issue[];
}

export interface World {
  /** By `Type/id`. */
  stored: Map<string, Stored>;
  /** By `Type|token` of a business key; in the order of their ids, which is that of their making. */
  byKey: Map<string, Stored[]>;
}

export interface Wanted {
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
  stored: StoredEntry[];
  outcome: string;
}

const earlierColumns = `id, bundle_type, received_at, bundle_version, bundle_last_updated, content_sha256, lineage_position,
  patient_id, stored, outcome`;

const earlierOf = (row: EarlierRow): Earlier => ({
  id: row.id,
  kind: row.bundle_type,
  receivedAt: row.received_at,
  version: row.bundle_version,
  lastUpdated: row.bundle_last_updated,
  contentSha256: row.content_sha256,
  position: row.lineage_position,
  patientId: row.patient_id,
  stored: row.stored,
  issues: JSON.parse(row.outcome) as Issue[],
});

/** The accepted submission of this sender with these very bytes, if there is one. */
export async function findSameBytes(
  db: Queryable,
  sender: string,
  sha256: Buffer,
): Promise<Earlier | undefined> {
  const [row] = await db.query<EarlierRow>(
    {
      name: 'submission_same_bytes',
      text: `SELECT ${earlierColumns} FROM submission WHERE sender = $1 AND sha256 = $2 AND status = 'accepted'`,
    },
    [sender, sha256],
  );
  return row && earlierOf(row);
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

/** True where accepted submissions of other lineages (or of none) speak of the patient too. */
export async function hasOtherSubmissions(
  db: Queryable,
  patientId: string,
  sender: string,
  identifier: string | undefined,
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'submission_others_of_patient',
      text: `SELECT 1 FROM submission WHERE status = 'accepted'
        AND (sender <> $2 OR bundle_identifier IS DISTINCT FROM $3)
        AND (patient_id = $1 OR patient_id IS NULL AND stored @> $4::jsonb) LIMIT 1`,
    },
    [patientId, sender, identifier ?? null, JSON.stringify([{ id: patientId }])],
  );
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

/** Reads the stored resources by id and by business key: one statement, however many types and keys. */
export async function readWorld(db: Queryable, wanted: readonly Wanted[]): Promise<World> {
  const world: World = { stored: new Map(), byKey: new Map() };
  const branches: string[] = [];
  const values: unknown[] = [];
  const definitions = new Map<string, ResourceDefinition>();
  for (const { definition, ids, keys } of wanted) {
    const { name, typeColumn } = definition.table;
    if (typeColumn === undefined) definitions.set(definition.type, definition);
    const type = typeColumn === undefined ? `'${definition.type}'::text` : `"${typeColumn}"`;
    const select = `SELECT ${type} AS type, id, version_id, patient_id,
      sender, submission_id, last_updated, content FROM "${name}"`;
    if (ids.size > 0) branches.push(`${select} WHERE id = ANY($${values.push([...ids])}::uuid[])`);
    if (keys.size > 0) branches.push(`${select} WHERE identifier && $${values.push([...keys])}::text[]`);
  }
  if (branches.length === 0) return world;
  const text = `${branches.join('\nUNION ALL\n')}\nORDER BY id`;
  const rows = await db.query<{
    type: string;
    id: string;
    version_id: number;
    patient_id: string | null;
    sender: string;
    submission_id: string;
    content: string;
  }>({ name: statementName('world', text), text }, values);
  for (const row of rows) {
    if (world.stored.has(`${row.type}/${row.id}`)) continue;
    const stored: Stored = {
      type: row.type,
      id: row.id,
      version: row.version_id,
      patientId: row.patient_id,
      sender: row.sender,
      submissionId: row.submission_id,
      content: contentOf(row.content),
    };
    world.stored.set(`${row.type}/${row.id}`, stored);
    for (const key of definitions.get(row.type)?.identity?.keys(stored.content) ?? []) {
      const list = world.byKey.get(`${row.type}|${key}`);
      if (list) list.push(stored);
      else world.byKey.set(`${row.type}|${key}`, [stored]);
    }
  }
  return world;
}

/** What is stored is our own JSON, digits and all. */
function contentOf(text: string): AnyResource {
  const parsed = parseJson(Buffer.from(text));
  if (!parsed.ok) throw new Error('stored content is not JSON');
  return parsed.value as AnyResource;
}
