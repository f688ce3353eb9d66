/**
 * Finds the patients that own the ids in a request, for the audit trail, which names the patient of an attempt whether
 * or not anything was shown.
 */
import { UUID } from '../../fhir/uuid';
import type { TableDefinition } from '../../definitions/table';
import { statementName, type Queryable } from '../../platform/postgres';

/** Other tables that store an id of the server with the id of its patient. */
const ALSO = ['submission', 'binary'];

/**
 * How often resources without an owner are followed to the resources that they refer to: each time takes one statement.
 * What a submission stores leads nowhere in fewer steps, but updates can join such chains.
 */
const MOST_STEPS = 200;

export interface OwnersFound {
  patients: string[];
  /** False when there was more to follow, so that the patients of all the ids are not known. */
  isAll: boolean;
}

interface OwnedRow extends Record<string, unknown> {
  patient_id: string | null;
  /** The content of a resource that no patient owns. The resources that it refers to may belong to patients. */
  content: string | null;
}

/**
 * Returns a look-up of the patients of resources, submissions and documents by id, withdrawn ones included. For a
 * resource that no single patient owns, such as a Group, it follows the references.
 */
export function ownersIn(
  tables: readonly Pick<TableDefinition, 'name' | 'history'>[],
): (db: Queryable, ids: readonly string[]) => Promise<OwnersFound> {
  const names = new Set(
    tables.flatMap(({ name, history }) => (history === false ? [] : [name, `${name}_history`])),
  );
  const ofResources = [...names].map(
    (name) =>
      `SELECT patient_id, CASE WHEN patient_id IS NULL THEN content END AS content FROM "${name}" WHERE id = ANY($1::uuid[])`,
  );
  const ofOthers = [
    ...ALSO.map((name) => `SELECT patient_id, NULL FROM "${name}" WHERE id = ANY($1::uuid[])`),
    'SELECT unnest(patients), NULL FROM submission WHERE id = ANY($1::uuid[])',
    // A document of a submission about several patients.
    `SELECT unnest(s.patients), NULL FROM "binary" b JOIN submission s ON s.id = b.submission_id WHERE b.id = ANY($1::uuid[]) AND b.patient_id IS NULL`,
  ];
  const text = [...ofResources, ...ofOthers].join(' UNION ');
  const statement = { name: statementName('owners', text), text };
  return async (db, ids) => {
    const found = new Set<string>();
    const asked = new Set(ids);
    let next = [...asked];
    for (let step = 0; next.length > 0 && step <= MOST_STEPS; step += 1) {
      const rows = await db.query<OwnedRow>(statement, [next]);
      for (const { patient_id: id } of rows) if (id !== null) found.add(id);
      next = [...new Set(rows.flatMap(({ content }) => idsReferredTo(content ?? '')))].filter(
        (id) => !asked.has(id),
      );
      for (const id of next) asked.add(id);
    }
    return { patients: [...found], isAll: next.length === 0 };
  };
}

export interface Owner {
  type: string;
  id: string;
  patientId: string | null;
  /** The sender of this version. */
  sender: string;
}

/**
 * Finds the types, patients and senders of resources by id: a row for each sender of a version, current or past.
 * @param typeOf the type of a row of each table, as SQL
 */
export async function findOwners(
  db: Queryable,
  typeOf: Readonly<Record<string, string>>,
  ids: readonly string[],
): Promise<Owner[]> {
  if (ids.length === 0) return [];
  const text = Object.entries(typeOf)
    .flatMap(([table, type]) => [table, `${table}_history`].map((name) => ({ name, type })))
    .map(
      ({ name, type }) =>
        `SELECT ${type} AS type, id, patient_id AS "patientId", sender FROM "${name}" WHERE id = ANY($1::uuid[])`,
    )
    .join(' UNION ');
  return db.query<Owner & Record<string, unknown>>({ name: statementName('find_owners', text), text }, [ids]);
}

const ID = new RegExp(`(?<![0-9a-f-])${UUID}(?![0-9a-f-])`, 'gi');
/** The most ids that are looked up; a person's request contains fewer. */
const MOST_IDS = 1000;

/** The server's ids in texts, each once. */
export function idsIn(texts: Iterable<string>, most = MOST_IDS): string[] {
  const found = new Set<string>();
  for (const text of texts)
    for (const [id] of text.matchAll(ID)) if (found.size < most) found.add(id.toLowerCase());
  return [...found];
}

const REFERRED_TO = new RegExp(`([A-Z][A-Za-z]{1,63})/(${UUID})(?![0-9a-f-])`, 'gi');

/**
 * The server's ids in the references of a resource, each once. Submissions are left out: a submission is about more
 * patients than the resource that names it.
 * @param ofType the only type to take; every type unless given
 */
export function idsReferredTo(content: string, ofType?: string): string[] {
  const found = new Set<string>();
  for (const [, type, id = ''] of content.matchAll(REFERRED_TO))
    if (type !== 'Bundle' && (ofType === undefined || type === ofType)) found.add(id.toLowerCase());
  return [...found];
}
