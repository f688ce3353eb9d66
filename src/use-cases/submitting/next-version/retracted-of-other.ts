/**
 * Warns where a correction retracts what another current summary still states, and the current content is its own: the
 * summary of a wrong stay may have repeated the readings of the right one, and its retraction then takes them from both.
 * What another submission has stored since, `retracted-before.ts` covers. The sender is told of its own summaries. Those
 * of others are a reason for a person to look, because the sender may not see them.
 * @see semantics "Corrections"
 */
import { isInError } from '../../../fhir/in-error';
import type { Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { findStatedElsewhere } from '../stored-before/read-withdrawn';
import type { Plan } from './plan';
import { retractsOwn } from './retracted-before';

export async function remarkOnStatedElsewhere(
  tx: Queryable,
  plan: Plan,
  input: Pick<MatchInput, 'before' | 'sender'>,
  identifier: string | undefined,
  { patients }: Pick<SubmissionDefinitions, 'patients'>,
): Promise<Plan> {
  const { sender } = input;
  const retracted = retractsOwn(plan.entries, input);
  if (retracted.length === 0) return plan;
  const lineage = { sender, identifier, careTypes: patients.careTypes };
  const found = await findStatedElsewhere(tx, retracted, lineage);
  const stated = found.filter(({ content }) => !isInError(content));
  if (stated.length === 0) return plan;
  const own = new Set(stated.filter((each) => each.sender === sender).map(({ id }) => id));
  const issues = [...plan.issues];
  for (const { id, request } of retracted)
    if (own.has(id))
      remark(
        issues,
        request,
        'submission-retracts-other',
        'Another current summary of yours contains this resource, and does not say that it is in error. This version retracts it (entered-in-error) for both. Check that this is meant. If only this summary was wrong, send a correction of the other one, which makes its content current again.',
      );
  return {
    ...plan,
    issues,
    review: [
      ...plan.review,
      'A correction entered a stay, document or reading in error that another current summary contains',
    ],
  };
}
