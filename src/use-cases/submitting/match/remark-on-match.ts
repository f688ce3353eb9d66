/** Warns about a match that the sender probably did not mean: a number that was used again, a retraction of nothing. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { isInError } from '../../../fhir/in-error';
import { isAboutOther } from '../../../fhir/other-code';
import type { AnyResource } from '../../../fhir/types';
import { isHeldByOther, isOfOtherStay } from './agreement';
import type { StoredResource } from '../stored-before/stored-resource';
import { idsIn } from './entries-of-edition';
import type { MatchedEntry, Matching } from './match-input';
import { remark } from './remark';

/**
 * Warns that the next version of what another summary stored is something else, so that the earlier content is seen in
 * the history alone. In its own summary a sender corrects what it likes.
 */
export function remarkOnUsedAgain(each: MatchedEntry, stored: StoredResource, matching: Matching): void {
  const { input, issues, review } = matching;
  const { definition, request } = each;
  const { corrects } = input.before;
  if (corrects && idsIn(corrects.stored).has(stored.id)) return;
  if (isUsedAgain(definition, stored.content, request.resource)) {
    remark(
      issues,
      request,
      'submission-number-used-again',
      'Another summary has stored a resource with this identifier, which is of another time or has another code. Both are versions of one resource now: the newer content is current, and the other is in its history alone. Give each stay and each reading its own identifier. If the number was used again, correct the summary.',
    );
    review.push('A resource replaces one with the same identifier and another time or code');
  } else if (takesFromOtherStay(each, stored, matching)) {
    remark(
      issues,
      request,
      'submission-number-used-again',
      'Another summary has stored a document with this masterIdentifier for another stay. Both become versions of one document, which belongs to the stay of the newer version alone. Check that the other stay needs no document. If the number was used again, give this document its own masterIdentifier, and send corrections of both summaries.',
    );
    review.push('A document replaces one of another stay with the same masterIdentifier');
  }
}

/** Only a condition finds a type that has no number of its own, such as an allergy. */
export const isUsedAgain = (
  { identity }: ResourceDefinition,
  stored: AnyResource,
  sent: AnyResource,
): boolean => (identity ? identity.usedAgain?.(stored, sent) === true : isAboutOther(stored, sent));

/**
 * True where a stay of the sender loses what another summary has stored for it. What is withdrawn or entered in error
 * is no loss. Another sender has stays of its own, so what it takes over is never of the same stay.
 */
function takesFromOtherStay(each: MatchedEntry, stored: StoredResource, matching: Matching): boolean {
  if (stored.sender !== matching.input.sender || stored.isWithdrawn || isInError(stored.content))
    return false;
  return isOfOtherStay(each, stored, matching);
}

/**
 * Warns that a stay or document becomes another organisation's. Under the policy `own-patients` the first one may not
 * see it any more.
 */
export function remarkOnOtherHolder(each: MatchedEntry, stored: StoredResource, matching: Matching): void {
  if (!isHeldByOther(each, stored, matching)) return;
  const { issues, review } = matching;
  remark(
    issues,
    each.request,
    'submission-held-by-other',
    `This ${each.request.resource.resourceType} was stored as another organisation’s (${each.definition.identity?.heldBy}), and becomes this one’s. Check that the organisation is right. If the patient went to another ward, send a stay of its own, with its own identifier.`,
  );
  review.push('A stay or document that was one organisation’s becomes another’s');
}

/** Warns that nothing stored is retracted: without an identifier, nothing says which resource was wrong. */
export function remarkOnNothingRetracted(
  { definition, request }: MatchedEntry,
  { issues, review }: Matching,
): void {
  const { identity, merge } = definition;
  if (!identity || merge || request.resource.status !== 'entered-in-error') return;
  if (identity.keys(request.resource).length > 0) return;
  remark(
    issues,
    request,
    'submission-retracts-nothing',
    'This resource is entered in error and has no identifier, so it retracts nothing that another summary has stored. Correct the summary that brought the wrong content, or send the identifier.',
  );
  review.push('What is entered in error has no identifier, and retracts nothing of another summary');
}
