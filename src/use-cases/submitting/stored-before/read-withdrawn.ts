/** Reads which resources of a lineage are withdrawn, and which ones other submissions contain. */
import { statementName, type Queryable } from '../../../platform/postgres';
import {
  storedColumns,
  storedOf,
  typeOf,
  type ResourcesToRead,
  type StoredResource,
  type StoredRow,
} from './stored-resource';

/** Reads which of these ids the sender has withdrawn: their newest version is a withdrawal. */
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
 * Finds the resources that a current submission outside this lineage contains: the newest submission of another
 * lineage, or any submission without a lineage. Submissions that wrote a version are read from the versions; those that
 * found a resource without writing it are read through an index.
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

/** The expression of the index `submission_found`: ids of resources that an entry named without writing a version. */
const FOUND_NOT_WRITTEN = `jsonb_path_query_array(s.stored, '$[*] ? (@.written == false && @.type != "Patient" && @.type != "Organization").id')`;
