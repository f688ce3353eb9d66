/**
 * Finds the newest submission that stated the stored content of a Patient again. It wrote no version, because nothing
 * differed, but what was made before it is older than what is stored. Of one that does not say when its content was made,
 * nothing tells whether it is.
 * @see semantics "Corrections" 5
 */
import type { Queryable } from '../../../platform/postgres';
import { STORED_ITSELF } from '../recognise/earlier-submissions';
import type { StoredResource } from './stored-resource';

interface Incoming {
  /** When the content of the incoming submission was made. */
  madeAt: Date | undefined;
  /** The ids of the earlier submissions of its lineage. Within a lineage the version decides. */
  lineage: readonly string[];
}

/** Makes the newest such submission the origin of each resource, where it is newer than the incoming one or may be. */
export async function readRestated(
  db: Queryable,
  resources: readonly StoredResource[],
  { madeAt, lineage }: Incoming,
): Promise<void> {
  if (resources.length === 0 || madeAt === undefined) return;
  const branch = (
    isOf: string,
  ): string => `SELECT id, LEAST(bundle_last_updated, received_at) AS last_updated, bundle_last_updated IS NULL AS undated
      FROM submission WHERE status = 'accepted' AND (bundle_last_updated > $3 OR bundle_last_updated IS NULL)
        AND received_at > $3 AND ${STORED_ITSELF} AND id <> ALL($4::uuid[]) AND ${isOf}
        AND stored @> jsonb_build_array(jsonb_build_object('id', p.id, 'version', p.version, 'restated', true))`;
  const text = `SELECT DISTINCT ON (p.id, s.undated) p.id AS of, s.id, s.last_updated, s.undated
    FROM unnest($1::uuid[], $2::int[]) AS p (id, version)
    CROSS JOIN LATERAL (${branch('patient_id = p.id')} UNION ALL ${branch('patient_id IS NULL')}) AS s
    ORDER BY p.id, s.undated, s.last_updated DESC, s.id`;
  const rows = await db.query<{ of: string; id: string; last_updated: Date; undated: boolean }>(
    { name: 'submission_restated', text },
    [resources.map(({ id }) => id), resources.map(({ version }) => version), madeAt, lineage],
  );
  for (const stored of resources)
    for (const { id, last_updated: at, undated } of rows.filter(({ of }) => of === stored.id)) {
      const { origin } = stored;
      if (undated) stored.undated = { submissionId: id, receivedAt: at };
      else if (!origin || lineage.includes(origin.submissionId) || origin.lastUpdated < at)
        stored.origin = { submissionId: id, lastUpdated: at };
    }
}
