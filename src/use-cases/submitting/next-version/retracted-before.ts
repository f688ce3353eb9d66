/**
 * Warns where one summary has retracted what another one says is right, in either order. The newest content holds, as
 * the law asks, but a retraction may be forgotten: a system that never heard of it goes on sending what was wrong. And
 * the retraction of a summary may come after the right one was sent under the same identifiers. Pure functions.
 * @see semantics "Corrections"
 */
import type { AnyResource } from '../../../fhir/types';
import { idsIn } from '../match/entries-of-edition';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isKnownByIdentifier } from '../stored-before/known-by-identifier';
import type { StoredResource } from '../stored-before/stored-resource';
import type { PlannedEntry, Versioning } from './plan';

export function remarkOnRetractedBefore(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const again = entries.filter(
    (each) =>
      isOverOther(each, input) && isRetracted(each.stored.content) && !isRetracted(each.request.resource),
  );
  for (const { request } of again)
    remark(
      issues,
      request,
      'submission-retracted-before',
      'Another summary has retracted this resource (entered-in-error). This newer content makes it current again. Check that this is meant. If the retraction holds, correct this summary.',
    );
  if (again.length > 0) review.push('A stay, document or reading is current again that was entered in error');
}

export function remarkOnRetractsOther(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const { corrects } = input.before;
  if (!corrects) return;
  // In a summary of its own, a sender retracts by the identifier what it knows that another has stored.
  const carried = idsIn(corrects.stored);
  const wrong = entries.filter(
    (each) =>
      isOverOther(each, input) &&
      carried.has(each.id) &&
      !isRetracted(each.stored.content) &&
      isRetracted(each.request.resource),
  );
  for (const { request } of wrong)
    remark(
      issues,
      request,
      'submission-retracts-other',
      'Another submission has stored this resource since the earlier version of this summary. This newer version retracts it (entered-in-error). Check that this is meant. If only earlier content was wrong, send a correction of the other one, which makes its content current again.',
    );
  if (wrong.length > 0)
    review.push(
      'A stay, document or reading is entered in error whose content another submission had stored',
    );
}

/** True of content that becomes current in place of what another summary has said under the same identifier. */
function isOverOther(
  each: PlannedEntry,
  { before }: Pick<MatchInput, 'before'>,
): each is PlannedEntry & { stored: StoredResource } {
  const { definition, request, stored, write, lateAfter } = each;
  if (!stored || !write || lateAfter !== undefined || !isKnownByIdentifier(definition)) return false;
  // Who names the id of the stored resource knows what it corrects.
  if (request.update && 'id' in request.update) return false;
  return before.corrects?.submissions.has(stored.contentFrom ?? stored.submissionId) !== true;
}

const isRetracted = ({ status }: AnyResource): boolean => status === 'entered-in-error';
