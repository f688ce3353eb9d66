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
  type Unread,
} from './stored-resource';

export interface StoredResources {
  /** By `Type/id`. */
  resources: Map<string, StoredResource>;
  /** By `Type|token` of a business key; in the order of their ids. */
  byKey: Map<string, StoredResource[]>;
  /** `Type|token` of the business keys that resources of patients other than those of the submission have. */
  keysOfOtherPatients: Set<string>;
  /** The types of which others have stored more with a business key of the submission than is read. */
  passedOver: Set<string>;
}

/** Of whom the stored resources may be the same as those that come now. */
interface Who {
  sender: string;
  patientIds: readonly string[];
}

/**
 * The bytes of content that one submission may need. The Patient and the organisations, which all senders share, have
 * a limit each (`next-version/shared-size.ts`). What it replaces is as large as a body may be.
 */
const MOST_BYTES = 64 * 1024 * 1024;
/**
 * The same of what other senders have stored, which is there to be compared: of each type with a business key of the
 * submission, and of all that is named. The smallest come first.
 */
const MOST_OF_OTHERS = 4 * 1024 * 1024;

/** Up to so many business keys are looked for with the index of identifiers, or compared with each of a record. */
const FEW_KEYS = 100;

/**
 * Reads the stored resources by id and by business key: one statement, however many types and keys. Of other patients it
 * reads no content, because any number of resources may have the same identifier. Of another sender's resource that is
 * beyond the bound, its id, version, patient and sender are known.
 * @returns a fault where the sender's own resources, and those that all share, are too large
 */
export async function readResources(
  db: Queryable,
  wanted: readonly ResourcesToRead[],
  { sender, patientIds }: Who,
): Promise<Result<StoredResources>> {
  const before: StoredResources = {
    resources: new Map(),
    byKey: new Map(),
    keysOfOtherPatients: new Set(),
    passedOver: new Set(),
  };
  const values: unknown[] = [sender];
  const definitions = new Map<string, ResourceDefinition>();
  const branches = wanted.flatMap((each) => branchesOf(each, patientIds, values));
  for (const { definition } of wanted)
    if (definition.table.typeColumn === undefined) definitions.set(definition.type, definition);
  if (branches.length === 0) return success(before);
  // Of what is passed over the first is enough: any number of resources may have a number of the submission.
  const text = `SELECT * FROM (${boundedContents(branches.join('\nUNION ALL\n'), {
    columns: `type, key, of_others, named, id, version_id, patient_id, sender, submission_id,
      bytes - octet_length(content) <= ${MOST_OF_OTHERS} AS is_next`,
    apart: 'of_others, CASE WHEN of_others AND NOT named THEN type END',
    order: 'sender <> $1, octet_length(content), id',
    maxBytes: `CASE WHEN of_others THEN ${MOST_OF_OTHERS} ELSE ${MOST_BYTES} END`,
  })}) AS bounded WHERE content IS NOT NULL OR key IS NOT NULL OR named OR NOT of_others OR is_next ORDER BY id`;
  const rows = await db.query<Row>({ name: statementName('stored_before', text), text }, values);
  for (const row of rows) {
    const { type, key, content } = row;
    if (key !== null) {
      before.keysOfOtherPatients.add(`${type}|${key}`);
      continue;
    }
    if (before.resources.has(`${type}/${row.id}`)) continue;
    if (content === null && !row.of_others) return failure('invalid', TOO_LARGE);
    // It has a number of the submission. Nothing can be the next version of what another sender keeps so large.
    if (content === null && !row.named) {
      before.passedOver.add(type);
      continue;
    }
    const stored = storedOf(row);
    before.resources.set(`${type}/${row.id}`, stored);
    for (const key of definitions.get(type)?.identity?.keys(stored.content, storedAt(stored.content)) ?? []) {
      const list = before.byKey.get(`${type}|${key}`);
      if (list) list.push(stored);
      else before.byKey.set(`${type}|${key}`, [stored]);
    }
  }
  return success(before);
}

interface Row extends Unread<StoredRow> {
  /** Set for a resource of another patient that has this key. */
  key: string | null;
  /** False of what the sender has stored, and of what all senders share under the id that its key gives. */
  of_others: boolean;
  /** True of a resource that is read by its id. */
  named: boolean;
}

function branchesOf(
  { definition, ids, keys }: ResourcesToRead,
  patientIds: readonly string[],
  values: unknown[],
): string[] {
  const { name } = definition.table;
  const branches: string[] = [];
  const ofOthers = (isNamed: boolean): string => (definition.merge ? String(!isNamed) : 'sender <> $1');
  const select = (isNamed: boolean): string =>
    `SELECT ${typeOf(definition)} AS type, NULL::text AS key, ${ofOthers(isNamed)} AS of_others,
      ${isNamed} AS named, ${storedColumns} FROM "${name}"`;
  const named = `$${values.push([...ids])}::uuid[]`;
  if (ids.size > 0) branches.push(`${select(true)} WHERE id = ANY(${named})`);
  if (keys.size === 0) return branches;
  const sought = `$${values.push([...keys])}::text[]`;
  // What is named by its id is not read again.
  const isAnother = `id <> ALL(${named})`;
  // The narrow rows are sorted, and not their contents. The last one of them does not fit.
  const smallest = (found: string): string =>
    `${select(false)} WHERE id = ANY(ARRAY(SELECT id FROM (SELECT id,
        sum(size) OVER (ORDER BY of_other, size, id ROWS UNBOUNDED PRECEDING) - size AS before
      FROM (${found}) AS found WHERE ${isAnother}) AS sized WHERE before <= ${MOST_OF_OTHERS}))`;
  const narrow = 'id, octet_length(content) AS size, sender <> $1 AS of_other';
  // All senders share these. One may have the key under another id; that of others may be one which no longer counts.
  if (definition.merge)
    return [...branches, smallest(`SELECT ${narrow} FROM "${name}" WHERE identifier && ${sought}`)];
  const ours = `$${values.push(patientIds)}::uuid[]`;
  // Written so that PostgreSQL compares it first, and the identifiers of the sender's own resources alone.
  const own = `sender IS NOT DISTINCT FROM $1 AND (patient_id = ANY(${ours}) OR patient_id IS NULL)`;
  return [
    ...branches,
    keys.size <= FEW_KEYS
      ? `${select(false)} WHERE ${own} AND identifier && ${sought} AND ${isAnother}`
      : // Of many keys, each of what is stored is looked up, and not compared with each of these.
        `${select(false)} WHERE ${isAnother} AND id = ANY(ARRAY(SELECT id FROM (SELECT id, unnest(identifier) AS key
          FROM "${name}" WHERE ${own}) AS r JOIN unnest(${sought}) AS sought (key) USING (key)))`,
    // Each identifier of a record that others have filled is looked up, and not compared with each of the submission.
    smallest(`SELECT id, size, of_other FROM (SELECT ${narrow}, unnest(identifier) AS key FROM "${name}"
        WHERE sender <> $1 AND patient_id = ANY(${ours})) AS r JOIN unnest(${sought}) AS sought (key) USING (key)
      UNION SELECT ${narrow} FROM "${name}" WHERE sender <> $1 AND patient_id IS NULL AND identifier && ${sought}`),
    `SELECT others.type, sought.key, true, false, NULL::uuid, NULL::integer, NULL::uuid, NULL::text, NULL::uuid, NULL::text
      FROM unnest(${sought}) AS sought (key)
      CROSS JOIN LATERAL (${typesOfOthers(definition, ours)}) AS others`,
  ];
}

/**
 * The types that resources of other patients with one key have. Each key by itself, because one resource may have
 * thousands. PostgreSQL plans what is materialized as if it were read whole, by the index, and reads the first row alone.
 */
function typesOfOthers(definition: ResourceDefinition, ours: string): string {
  const type = typeOf(definition);
  const rows = `FROM "${definition.table.name}" WHERE identifier && ARRAY[sought.key] AND patient_id <> ALL(${ours})`;
  if (definition.table.typeColumn !== undefined) return `SELECT DISTINCT ${type} AS type ${rows}`;
  return `WITH one AS MATERIALIZED (SELECT 1 ${rows}) SELECT ${type} AS type WHERE EXISTS (SELECT FROM one)`;
}

const TOO_LARGE: Issue = {
  severity: 'error',
  code: 'too-costly',
  rule: 'submission-too-costly',
  text: 'What is stored of the resources that this submission names or replaces is too large for one submission. Send it in smaller parts.',
};
