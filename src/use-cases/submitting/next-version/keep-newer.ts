/** Handles content that arrives late: newer content of another submission stays current. Pure functions. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { Issue } from '../../../fhir/issue';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isKnownByIdentifier } from '../stored-before/known-by-identifier';
import type { StoredResource } from '../stored-before/stored-resource';
import type { PlannedEntry } from './plan';

/**
 * Puts content into the history when it is older than the stored content. Within a lineage the version decides which
 * edition is newer, and the newer edition replaces the earlier ones.
 */
export function keepNewer(each: PlannedEntry, input: MatchInput, issues: Issue[]): PlannedEntry {
  if (!each.write || !isKnownByIdentifier(each.definition)) return each;
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
  const isStated = restates?.except === definition.type || (request && restates?.stated.has(request.index));
  const isOfOther = restates && !isStated ? ofOther(stored?.contentFrom) : undefined;
  if (isOfOther !== undefined) return isOfOther;
  const origin = stored?.origin;
  if (!origin || !lastUpdated || lastUpdated >= origin.lastUpdated) return undefined;
  return ofOther(origin.submissionId);
}

export function remarkOnLate(
  { request }: Pick<PlannedEntry, 'request'>,
  { input, issues }: { input: Pick<MatchInput, 'restates'>; issues: Issue[] },
): void {
  const isStated = input.restates?.stated.has(request.index) !== false;
  remark(issues, request, 'submission-late', isStated ? LATE : RESTATED);
}

const LATE =
  'A submission with a later meta.lastUpdated has already stored this resource. The older content of this submission is in its history, and the newer content is still current. To change the current content, send a correction whose meta.lastUpdated is not earlier than that of the newer submission.';

const RESTATED =
  'This submission retracts, and states this resource again as before. Another submission has stored the resource since. What is stated again is in its history, and what the other submission said is still current.';
