/** Handles content that arrives late: newer content of another submission stays current. Pure functions. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { Issue } from '../../../fhir/issue';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isOfOneSender, keepsNewest } from '../stored-before/known-by-identifier';
import type { StoredResource } from '../stored-before/stored-resource';
import type { PlannedEntry, Versioning } from './plan';
import { saysTheSame } from './same-content';

/**
 * Puts content into the history when it is older than the stored content. Within a lineage the version decides which
 * edition is newer, and the newer edition replaces the earlier ones.
 */
export function keepNewer(each: PlannedEntry, input: MatchInput, issues: Issue[]): PlannedEntry {
  if (!each.write || !isOfOneSender(each.definition)) return each;
  const lateAfter = newerSubmission(each, input);
  if (lateAfter === undefined) return each;
  remarkOnLate(each, { input, issues });
  return { ...each, lateAfter };
}

interface ContentOf {
  request?: Pick<PlannedEntry['request'], 'index'>;
  definition: Pick<ResourceDefinition, 'type'>;
  stored: Pick<StoredResource, 'origin' | 'contentFrom'> | undefined;
}

/** The submission of another lineage that wrote the stored content and was made later. */
export function newerSubmission(
  { definition, stored, request }: ContentOf,
  { lastUpdated, restates, before: { corrects } }: MatchInput,
): string | undefined {
  const ofOther = (submissionId: string | undefined): string | undefined =>
    submissionId === undefined || corrects?.submissions.has(submissionId) === true ? undefined : submissionId;
  // What is only said again never replaces what another summary said, whatever times they give.
  const isOfOther = isOnlyRestated({ definition, request }, restates)
    ? ofOther(stored?.contentFrom)
    : undefined;
  if (isOfOther !== undefined) return isOfOther;
  const origin = stored?.origin;
  if (!origin || !lastUpdated || lastUpdated >= origin.lastUpdated) return undefined;
  return ofOther(origin.submissionId);
}

/** True of an entry that a retraction states again, and that is not what it retracts. */
const isOnlyRestated = (
  { definition, request }: Pick<ContentOf, 'definition'> & { request: ContentOf['request'] | undefined },
  restates: MatchInput['restates'],
): boolean =>
  restates !== undefined &&
  restates.except !== definition.type &&
  !(request && restates.stated.has(request.index));

export function remarkOnLate(
  { request, definition }: Pick<PlannedEntry, 'request' | 'definition'>,
  { input, issues }: { input: Pick<MatchInput, 'restates'>; issues: Issue[] },
): void {
  const isRestated = isOnlyRestated({ definition, request }, input.restates);
  remark(issues, request, 'submission-late', isRestated ? RESTATED : LATE);
}

/** True of what another summary has stored after this content was made, without saying when its own was made. */
export const isUndatedSince = (
  { undated }: Pick<StoredResource, 'undated'>,
  { lastUpdated, before: { corrects } }: Pick<MatchInput, 'lastUpdated' | 'before'>,
): boolean =>
  undated !== undefined &&
  lastUpdated !== undefined &&
  undated.receivedAt > lastUpdated &&
  corrects?.submissions.has(undated.submissionId) !== true;

/**
 * Warns where content takes the place of what was stored after it was made, by a submission that does not say when its
 * own was made. Nothing tells which of the two is newer. Within a lineage the version does.
 */
export function remarkOnUndated(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const over = entries.filter(
    ({ definition, stored, write, lateAfter, request, resource }) =>
      write &&
      lateAfter === undefined &&
      keepsNewest(definition) &&
      stored !== undefined &&
      isUndatedSince(stored, input) &&
      // Who names the id of the stored resource knows what it replaces.
      !(request.update && 'id' in request.update) &&
      !saysTheSame(resource, stored.content),
  );
  for (const { request } of over)
    remark(
      issues,
      request,
      'submission-order-unknown',
      'A submission without a meta.lastUpdated has stored this resource after the content of this one was made. Nothing says which is newer, so this content is current. Check that it is. Send meta.lastUpdated with every Bundle.',
    );
  if (over.length > 0)
    review.push('Content replaces what was stored after it was made, by a submission without a time');
}

const LATE =
  'A submission with a later meta.lastUpdated has already stored this resource. The older content of this submission is in its history, and the newer content is still current. To change the current content, send a correction whose meta.lastUpdated is not earlier than that of the newer submission.';

const RESTATED =
  'This submission retracts, and states this resource again as before. Another submission has stored the resource since. What is stated again is in its history, and what the other submission said is still current.';
