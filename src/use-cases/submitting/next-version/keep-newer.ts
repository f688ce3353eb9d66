/** Content that comes late: newer content of another submission stays current. Pure functions. */
import type { Issue } from '../../../fhir/issue';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isKnownByIdentifier } from '../stored-before/known-by-identifier';
import type { PlannedEntry } from './plan';

/**
 * Content that is older than what is stored does not turn that back: it goes to the history. Within a lineage the
 * newer edition is known by its version, and replaces what the earlier ones said.
 */
export function keepNewer(
  each: PlannedEntry,
  { lastUpdated, before: { corrects } }: MatchInput,
  issues: Issue[],
): PlannedEntry {
  const { stored, definition, request } = each;
  if (!each.write || !stored?.origin || !lastUpdated || !isKnownByIdentifier(definition)) return each;
  if (lastUpdated >= stored.origin.lastUpdated || corrects?.submissions.has(stored.origin.submissionId))
    return each;
  remark(
    issues,
    request,
    'submission-late',
    'A submission with a later meta.lastUpdated has already stored this resource. The older content of this submission is in its history, and the newer content is still current. To change the current content, send a correction of the newer summary.',
  );
  return { ...each, lateAfter: stored.origin.submissionId };
}
