/** Which ids in the bodies of updates this server gave to other resources. */
import { isUuid } from '../../../fhir/uuid';
import type { Queryable } from '../../../platform/postgres';
import type { EntryRequest } from '../steps';

/**
 * The ids in the bodies of updates, if they differ from the ids in the urls.
 * @param hidden ids that count as unknown for this sender
 */
export function idsOfUpdates(requests: readonly EntryRequest[], hidden: ReadonlySet<string>): string[] {
  return requests.flatMap(({ update, resource: { id } }) => {
    if (update === undefined || typeof id !== 'string' || !isUuid(id)) return [];
    const given = id.toLowerCase();
    if (hidden.has(given)) return [];
    return 'id' in update && update.id.toLowerCase() === given ? [] : [given];
  });
}

/** Those of these ids that this server gave to a resource of any type, current or past. */
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
