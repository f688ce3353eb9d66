/** Reads the stored resources that the entries of a submission may be. */
import { storedAt } from '../../../fhir/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { statementName, type Queryable } from '../../../platform/postgres';
import {
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
}

/** Reads the stored resources by id and by business key: one statement, however many types and keys. */
export async function readResources(
  db: Queryable,
  wanted: readonly ResourcesToRead[],
): Promise<StoredResources> {
  const before: StoredResources = { resources: new Map(), byKey: new Map() };
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
    if (before.resources.has(`${row.type}/${row.id}`)) continue;
    const stored = storedOf(row);
    before.resources.set(`${row.type}/${row.id}`, stored);
    for (const key of definitions.get(row.type)?.identity?.keys(stored.content, storedAt(stored.content)) ??
      []) {
      const list = before.byKey.get(`${row.type}|${key}`);
      if (list) list.push(stored);
      else before.byKey.set(`${row.type}|${key}`, [stored]);
    }
  }
  return before;
}
