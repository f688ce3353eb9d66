/** Records a resend together with the rows of the interface that it came through. */
import { commit } from '../../../engines/store/commit';
import type { Issue } from '../../../fhir/issue';
import type { Database } from '../../../platform/postgres';
import type { ForCommitting } from '../dependencies';
import type { Earlier } from '../recognise/earlier-submissions';
import type { Received } from '../steps';
import { alongside } from './record-of';

export async function keepResend(
  database: Database,
  of: Earlier,
  received: Received,
  issues: readonly Issue[],
  committing: ForCommitting,
): Promise<void> {
  const rows = alongside({ submissionId: of.id, received, status: 'resent', end: 'ok', issues }, committing);
  const others = [...(committing.resendRows?.(of, received) ?? []), ...rows];
  await database.transaction((tx) =>
    commit(tx, { writes: [], withdrawals: [], documents: [], others }, committing.witness),
  );
}
