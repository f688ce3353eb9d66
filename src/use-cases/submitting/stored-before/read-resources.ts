/** Reads the stored resources that the entries of a submission may be. */
import { storedAt } from '../../../fhir/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { Issue } from '../../../fhir/issue';
import { failure, success, type Result } from '../steps';
import {
  boundedContents,
  storedColumns,
  storedOf,
  typeOf,
  type ResourcesToRead,
  type StoredResource,
  type StoredRow,
} from './stored-resource';

export interface StoredResources {
  /** By `Type/id`. */
  resources: Map<string, StoredResource>;
  /** By `Type|token` of a business key; in the order of their ids. */
  byKey: Map<string, StoredResource[]>;
  /** `Type|token` of the business keys that resources of patients other than those of the submission have. */
  keysOfOtherPatients: Set<string>;
}

/** Of whom the stored resources may be the same as those that come now. */
interface Who {
  sender: string;
  patientIds: readonly string[];
}

/**
 * The bytes of content that one submission may need. What it replaces is as large as a body may be; what other senders
 * have stored of the same patient under the same identifiers has what is left.
 */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the stored resources by id and by business key: one statement, however many types and keys. Of other patients it
 * reads no content, because any number of resources may have the same identifier.
 * @returns a fault where the sender's own resources are too large
 */
export async function readResources(
  db: Queryable,
  wanted: readonly ResourcesToRead[],
  { sender, patientIds }: Who,
): Promise<Result<StoredResources>> {
  const before: StoredResources = { resources: new Map(), byKey: new Map(), keysOfOtherPatients: new Set() };
  const values: unknown[] = [sender];
  const definitions = new Map<string, ResourceDefinition>();
  const branches = wanted.flatMap((each) => branchesOf(each, patientIds, values));
  for (const { definition } of wanted)
    if (definition.table.typeColumn === undefined) definitions.set(definition.type, definition);
  if (branches.length === 0) return success(before);
  const text = `${boundedContents(branches.join('\nUNION ALL\n'), {
    columns: 'type, key, id, version_id, patient_id, sender, submission_id',
    order: 'sender <> $1, octet_length(content), id',
    maxBytes: MOST_BYTES,
  })} ORDER BY id`;
  const rows = await db.query<Row>({ name: statementName('stored_before', text), text }, values);
  for (const row of rows) {
    const { type, key, content } = row;
    if (key !== null) {
      before.keysOfOtherPatients.add(`${type}|${key}`);
      continue;
    }
    if (before.resources.has(`${type}/${row.id}`)) continue;
    if (content === null) {
      if (row.sender === sender) return failure('invalid', TOO_LARGE);
      continue;
    }
    const stored = storedOf({ ...row, content });
    before.resources.set(`${type}/${row.id}`, stored);
    for (const key of definitions.get(type)?.identity?.keys(stored.content, storedAt(stored.content)) ?? []) {
      const list = before.byKey.get(`${type}|${key}`);
      if (list) list.push(stored);
      else before.byKey.set(`${type}|${key}`, [stored]);
    }
  }
  return success(before);
}

interface Row extends Omit<StoredRow, 'content'> {
  /** Set for a resource of another patient that has this key. */
  key: string | null;
  /** Null where it is beyond the bound. */
  content: string | null;
}

function branchesOf(
  { definition, ids, keys }: ResourcesToRead,
  patientIds: readonly string[],
  values: unknown[],
): string[] {
  const { name } = definition.table;
  const branches: string[] = [];
  const select = `SELECT ${typeOf(definition)} AS type, NULL::text AS key, ${storedColumns} FROM "${name}"`;
  const named = `$${values.push([...ids])}::uuid[]`;
  if (ids.size > 0) branches.push(`${select} WHERE id = ANY(${named})`);
  if (keys.size === 0) return branches;
  const sought = `$${values.push([...keys])}::text[]`;
  // What is named by its id is not read again.
  const byKey = `identifier && ${sought} AND id <> ALL(${named})`;
  // All senders share these, and all that have the key are the same.
  if (definition.merge) return [...branches, `${select} WHERE ${byKey}`];
  const ours = `$${values.push(patientIds)}::uuid[]`;
  return [
    ...branches,
    `${select} WHERE ${byKey} AND (patient_id = ANY(${ours}) OR patient_id IS NULL)`,
    `SELECT DISTINCT ${typeOf(definition)}, sought.key, NULL::uuid, NULL::integer, NULL::uuid, NULL::text, NULL::uuid, NULL::text
      FROM (SELECT * FROM "${name}" WHERE ${byKey} AND patient_id <> ALL(${ours})) AS r
      CROSS JOIN LATERAL unnest(identifier) AS sought (key) WHERE sought.key = ANY(${sought})`,
  ];
}

const TOO_LARGE: Issue = {
  severity: 'error',
  code: 'too-costly',
  rule: 'submission-too-costly',
  text: 'You have stored resources of this patient under these identifiers that are too large to be replaced in one submission. Send it in smaller parts.',
};
