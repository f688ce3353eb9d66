/**
 * Warns where one summary has retracted what another one says is right, in either order. The newest content holds, as
 * the law asks, but a retraction may be forgotten: a system that never heard of it goes on sending what was wrong. And
 * the retraction of a summary may come after the right one was sent under the same identifiers. A summary that comes late
 * does not revive what was retracted, but whatever only it has is current. Pure functions.
 * @see semantics "Corrections"
 */
import { isAboutPatient } from '../../../definitions/about-patient';
import { isInError } from '../../../fhir/in-error';
import { isRetracted } from '../../../fhir/retracted';
import { idsIn } from '../match/entries-of-edition';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isOfOneSender } from '../stored-before/known-by-identifier';
import type { Corrected } from '../stored-before/stored-before';
import type { StoredResource } from '../stored-before/stored-resource';
import type { PlannedEntry, Versioning } from './plan';

export function remarkOnRetractedBefore(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const again = entries.filter(
    (each) => isOverOther(each, input) && isInError(each.stored.content) && !isInError(each.request.resource),
  );
  for (const { request } of again)
    remark(
      issues,
      request,
      'submission-retracted-before',
      'Another summary has retracted this resource (entered-in-error). This newer content makes it current again. Check that this is meant. If the retraction holds, correct this summary.',
    );
  if (again.length > 0) review.push('What was entered in error is current again');
}

/** Of a stay or document that was retracted since, where the submission leaves other data of the patient current. */
export function remarkOnRetractedSince(
  entries: readonly PlannedEntry[],
  { input: { patients }, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const current = entries.filter(
    ({ definition, request, write, lateAfter }) =>
      write && lateAfter === undefined && isAboutPatient(definition) && !isRetracted(request.resource),
  );
  const withCurrent = new Set(current.map(({ patientId }) => patientId));
  const late = entries.filter(
    ({ definition, request, stored, patientId, lateAfter }) =>
      lateAfter !== undefined &&
      patients.careTypes.includes(definition.type) &&
      stored !== undefined &&
      isInError(stored.content) &&
      !isInError(request.resource) &&
      withCurrent.has(patientId),
  );
  for (const { request } of late)
    remark(
      issues,
      request,
      'submission-retracted-before',
      'This stay or document was retracted (entered-in-error) by a newer submission. This older submission does not make it current again, but its other data about the patient is current. If the stay is of the wrong patient, retract that data, too. If the stay is right, send it again in a summary with a newer meta.lastUpdated.',
    );
  if (late.length > 0)
    review.push('A stay or document was retracted, and data of an older submission that has it is current');
}

/** Warns of what another submission has stored since. What others stated before is read from the database afterwards. */
export function remarkOnRetractsOther(
  entries: readonly PlannedEntry[],
  { input, issues, review }: Pick<Versioning, 'input' | 'issues' | 'review'>,
): void {
  const { corrects } = input.before;
  if (!corrects) return;
  const wrong = retractedBy(entries, corrects).filter((each) => isOverOther(each, input));
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

/** The entries of which a correction enters the current content in error, where this lineage has stated that content. */
export function retractsOwn(
  entries: readonly PlannedEntry[],
  { before }: Pick<MatchInput, 'before'>,
): PlannedEntry[] {
  if (!before.corrects) return [];
  return retractedBy(entries, before.corrects).filter((each) => !isOverOther(each, { before }));
}

/**
 * What a correction retracts of what its summary contained. In a summary of its own, a sender retracts by the identifier
 * what it knows that another has stored.
 */
function retractedBy(entries: readonly PlannedEntry[], corrects: Corrected): PlannedEntry[] {
  const carried = idsIn(corrects.stored);
  return entries.filter(
    (each) =>
      isReplaced(each) &&
      carried.has(each.id) &&
      !isInError(each.stored.content) &&
      isInError(each.request.resource),
  );
}

/** True of content that becomes current in place of what another summary has said under the same identifier. */
const isOverOther = (
  each: PlannedEntry,
  { before }: Pick<MatchInput, 'before'>,
): each is PlannedEntry & { stored: StoredResource } =>
  isReplaced(each) &&
  before.corrects?.submissions.has(each.stored.contentFrom ?? each.stored.submissionId) !== true;

/** True of content that becomes current in place of what is stored under the same identifier. */
function isReplaced(each: PlannedEntry): each is PlannedEntry & { stored: StoredResource } {
  const { definition, request, stored, write, lateAfter } = each;
  if (!stored || !write || lateAfter !== undefined || !isOfOneSender(definition)) return false;
  // Who names the id of the stored resource knows what it corrects.
  return !(request.update && 'id' in request.update);
}
