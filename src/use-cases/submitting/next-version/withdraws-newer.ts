/**
 * Warns where a correction withdraws what a submission of another summary, such as an update by id, has changed since,
 * or that does not say when its own content was made. The law lets it: only what another current summary contains stays.
 * But the one who changed it was answered that the change is stored. A correction that gives its fullUrls anew, by
 * position, can also undo a retraction in this way, or leave what it says to the history alone. Pure functions.
 * @see semantics "Corrections"
 */
import { isInError } from '../../../fhir/in-error';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isUsedAgain } from '../match/remark-on-match';
import type { StoredResource } from '../stored-before/stored-resource';
import { isUndatedSince } from './keep-newer';
import type { PlannedEntry, Versioning } from './plan';

/** @param withdrawn what the correction withdraws @param entries all that it has */
export function remarkOnWithdrawn(
  withdrawn: readonly StoredResource[],
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  if (withdrawn.length === 0) return;
  const changed = withdrawn.filter((stored) => isOfOther(stored, input));
  const newer = changed.filter((stored) => mayBeNewer(stored, input));
  if (newer.length > 0) {
    const names = newer.map(({ type, id }) => `${type}/${id}`).join(', ');
    issues.push({
      severity: 'warning',
      code: 'business-rule',
      rule: 'submission-withdraws-newer',
      text: `This version of the summary does not have ${names}, so it was withdrawn. But another submission has changed it, with a later meta.lastUpdated than this one or without any. Check that it should be withdrawn. If not, send a newer version of the summary that has it.`,
      source: 'Corrections',
    });
    review.push('A correction withdrew what another submission may have changed after it was made');
  }
  for (const each of entries) remarkOnPlace(each, { withdrawn, changed }, { issues, review });
}

/** Of an entry that says what is withdrawn under another fullUrl. */
function remarkOnPlace(
  each: PlannedEntry,
  { withdrawn, changed }: Record<'withdrawn' | 'changed', readonly StoredResource[]>,
  { issues, review }: Pick<Versioning, 'issues' | 'review'>,
): void {
  const { definition, request, stored, write, lateAfter } = each;
  const isOfEntry = ({ type, content }: StoredResource): boolean =>
    type === definition.type && !isUsedAgain(definition, content, request.resource);
  if (!write || !stored || !isUsedAgain(definition, stored.content, request.resource)) return;
  const before = (lateAfter === undefined ? changed : withdrawn).find(isOfEntry);
  if (!before) return;
  const name = `${before.type}/${before.id}`;
  if (lateAfter !== undefined) {
    remark(
      issues,
      request,
      'submission-fullurl-of-other',
      `The earlier version of this summary has something else under this fullUrl, which a newer submission has changed and which is still current. What this version says here is in its history alone, and ${name}, which said it, was withdrawn. Give a resource the same fullUrl in each version, and send this one again as a newer version.`,
    );
    review.push('What a correction says is not current, because its fullUrl was that of something else');
  } else if (isInError(before.content) && !isInError(request.resource)) {
    remark(
      issues,
      request,
      'submission-retracted-before',
      `The earlier version of this summary had this as ${name}, under another fullUrl. Another submission has entered that in error. This version makes it current again. Check that this is meant. If the retraction holds, correct this summary.`,
    );
    review.push('What was entered in error is current again');
  }
}

const isOfOther = (
  { contentFrom, submissionId }: StoredResource,
  { before: { corrects } }: MatchInput,
): boolean => corrects?.submissions.has(contentFrom ?? submissionId) === false;

/** True of content that was made later than this submission's, and of content of which nothing says when it was made. */
function mayBeNewer(stored: StoredResource, input: MatchInput): boolean {
  const { lastUpdated } = input;
  if (!stored.origin) return isUndatedSince(stored, input);
  return lastUpdated !== undefined && stored.origin.lastUpdated > lastUpdated;
}
