/**
 * Finds the submission that wrote the content of a stored resource. A later submission may have kept that content
 * current.
 */
import type { Queryable } from '../../../platform/postgres';
import type { Earlier } from '../recognise/earlier-submissions';
import type { StoredEntry } from '../steps';
import type { StoredResource } from './stored-resource';

/** A submission that wrote content. */
interface Writer {
  last_updated: Date | null;
  received_at: Date | null;
  kept: StoredEntry[];
}

/** Returns for each resource the submission that wrote its content. */
export async function readOrigins(
  db: Queryable,
  resources: readonly StoredResource[],
  lineage: readonly Earlier[],
): Promise<void> {
  const saidBy = new Map(resources.map((stored) => [stored, stored.submissionId]));
  const known = new Map<string, Writer>();
  for (const { id, lastUpdated, receivedAt, stored } of lineage)
    known.set(id, {
      last_updated: madeAt(lastUpdated, receivedAt),
      received_at: receivedAt,
      kept: stored.filter(({ contentOf: ofOther }) => ofOther !== undefined),
    });
  for (;;) {
    // A version that kept newer content current has the content of another submission.
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
    const rows = await db.query<Omit<Writer, 'kept'> & { id: string; kept: StoredEntry[] | null }>(
      {
        name: 'submission_origins',
        text: `SELECT id, CASE WHEN bundle_last_updated > received_at THEN received_at ELSE bundle_last_updated END
              AS last_updated, received_at,
            jsonb_path_query_array(stored, '$[*] ? (exists(@.contentOf))') AS kept
          FROM submission WHERE id = ANY($1::uuid[])`,
      },
      [unknown],
    );
    for (const id of unknown) known.set(id, { last_updated: null, received_at: null, kept: [] });
    for (const { id, kept, ...times } of rows) known.set(id, { ...times, kept: kept ?? [] });
  }
  for (const [stored, submissionId] of saidBy) {
    stored.contentFrom = submissionId;
    const { last_updated: lastUpdated, received_at: receivedAt } = known.get(submissionId)!;
    if (lastUpdated) stored.origin = { submissionId, lastUpdated };
    else if (receivedAt) stored.undated = { submissionId, receivedAt };
  }
}

/**
 * When the content of a submission was made: its `Bundle.meta.lastUpdated`, but no later than its receipt. Otherwise a
 * sender whose clock is fast would keep everyone's newer content from becoming current.
 */
export function madeAt<T extends Date | null | undefined>(lastUpdated: T, receivedAt: Date): T | Date {
  return lastUpdated && lastUpdated > receivedAt ? receivedAt : lastUpdated;
}
