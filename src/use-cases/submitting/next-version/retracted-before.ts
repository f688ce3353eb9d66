/**
 * Warns where a newer summary says again what another one had retracted. The newest content holds, as the law asks, but
 * a retraction may be forgotten: a system that never heard of it goes on sending what was wrong. A pure function.
 * @see semantics "Corrections"
 */
import type { AnyResource } from '../../../fhir/types';
import { remark } from '../match/remark';
import { isKnownByIdentifier } from '../stored-before/known-by-identifier';
import type { PlannedEntry, Versioning } from './plan';

export function remarkOnRetractedBefore(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const own = input.before.corrects?.submissions;
  const again = entries.filter(({ definition, request, stored, write, lateAfter }) => {
    if (!stored || !write || lateAfter !== undefined || !isKnownByIdentifier(definition)) return false;
    // Who names the id of the stored resource knows what it corrects.
    if (request.update && 'id' in request.update) return false;
    if (own?.has(stored.contentFrom ?? stored.submissionId) === true) return false;
    return isRetracted(stored.content) && !isRetracted(request.resource);
  });
  for (const { request } of again)
    remark(
      issues,
      request,
      'submission-retracted-before',
      'Another summary has retracted this resource (entered-in-error). This newer content makes it current again. Check that this is meant. If the retraction holds, correct this summary.',
    );
  if (again.length > 0) review.push('A stay, document or reading is current again that was entered in error');
}

const isRetracted = ({ status }: AnyResource): boolean => status === 'entered-in-error';
