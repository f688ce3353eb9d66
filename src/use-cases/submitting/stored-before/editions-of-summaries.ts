/** Finds the submissions of the summaries that have ever stored a resource, in every edition. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { StoredResource } from './stored-resource';

/** A stored resource that an entry is the next version of. */
interface Replaced {
  id: string;
  definition: ResourceDefinition;
  stored: StoredResource;
}

/** The ids of the accepted submissions. */
export async function editionsOfSummaries(tx: Queryable, resources: readonly Replaced[]): Promise<string[]> {
  const known = [
    ...new Set([
      ...resources.map(({ stored: { contentFrom, submissionId } }) => contentFrom ?? submissionId),
      ...(await earlierWriters(tx, resources)),
    ]),
  ];
  const rows = await tx.query<{ id: string }>(
    {
      name: 'editions_of_summaries',
      text: `SELECT edition.id FROM submission AS known
        JOIN submission AS edition ON edition.sender = known.sender
          AND edition.bundle_identifier = known.bundle_identifier
        WHERE known.id = ANY($1::uuid[]) AND edition.status = 'accepted'`,
    },
    [known],
  );
  return [...new Set([...known, ...rows.map(({ id }) => id)])];
}

/** The most earlier versions whose submissions are looked up. */
const MOST_VERSIONS = 300;

async function earlierWriters(tx: Queryable, resources: readonly Replaced[]): Promise<string[]> {
  const tables = [...new Set(resources.map(({ definition }) => `${definition.table.name}_history`))].sort();
  const text = tables
    .map((table) => `SELECT submission_id AS id FROM "${table}" WHERE id = ANY($1::uuid[])`)
    .join(' UNION ');
  const rows = await tx.query<{ id: string }>(
    { name: statementName('earlier_writers', text), text: `${text} LIMIT ${MOST_VERSIONS}` },
    [resources.map(({ id }) => id)],
  );
  return rows.map(({ id }) => id);
}
