/**
 * Warns where a correction makes another stay, document or reading of what another current summary states under the
 * same number. That summary's content is in the history alone then, whichever of the two was current before.
 * @see semantics "Corrections"
 */
import { isInError } from '../../../fhir/in-error';
import type { AnyResource } from '../../../fhir/types';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import { haveNoneInCommon, staysOf } from '../match/agreement';
import { idsIn } from '../match/entries-of-edition';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isUsedAgain } from '../match/remark-on-match';
import { findStatedElsewhere } from '../stored-before/read-withdrawn';
import type { Plan, PlannedEntry } from './plan';

export async function remarkOnChangesOfOther(
  tx: Queryable,
  plan: Plan,
  { sender, before: { corrects } }: Pick<MatchInput, 'before' | 'sender'>,
  identifier: string | undefined,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): Promise<Plan> {
  if (!corrects) return plan;
  const carried = idsIn(corrects.stored);
  const changed = plan.entries.filter(
    (each) =>
      each.write &&
      each.lateAfter === undefined &&
      each.stored?.isWithdrawn !== true &&
      carried.has(each.id) &&
      !isInError(each.request.resource) &&
      isAnother(each, each.stored?.content),
  );
  if (changed.length === 0) return plan;
  const lineage = { sender, identifier, careTypes: patients.careTypes };
  const elsewhere = await findStatedElsewhere(tx, changed, lineage);
  const taken = changed.filter((each) =>
    elsewhere.some(
      ({ id, sender: by, content }) =>
        id === each.id && by === sender && !isInError(content) && isAnother(each, content),
    ),
  );
  if (taken.length === 0) return plan;
  const issues = [...plan.issues];
  for (const { request } of taken)
    remark(
      issues,
      request,
      'submission-number-used-again',
      'Another current summary of yours has this identifier for a resource of another time, stay or code. Both are versions of one resource, and what the other summary says is in its history alone. Give each stay and each reading its own identifier. If the number was used again, correct one of the summaries.',
    );
  return {
    ...plan,
    issues,
    review: [
      ...plan.review,
      'A correction makes another stay, document or reading of what another summary contains',
    ],
  };
}

/** True where the entry is of another time or stay, or has another code, than that content. */
function isAnother(
  { definition, request, resource }: PlannedEntry,
  content: AnyResource | undefined,
): boolean {
  if (!content || definition.merge) return false;
  const { ofStay } = definition.identity ?? {};
  return (
    isUsedAgain(definition, content, request.resource) ||
    (ofStay !== undefined && haveNoneInCommon(staysOf(content, ofStay), staysOf(resource, ofStay)))
  );
}
