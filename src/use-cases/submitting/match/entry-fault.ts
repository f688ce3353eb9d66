/** Makes the faults of one entry, as the sender reads them. */
import type { Issue, RuleId } from '../../../fhir/issue';
import type { MatchedEntry } from './match-input';
import { failure, type Failure } from '../steps';

/** @param element below the entry: `resource.birthDate`, `request.ifMatch` */
export function fault(
  { request }: Pick<MatchedEntry, 'request'>,
  category: Failure['category'],
  rule: RuleId,
  text: string,
  element = 'resource',
): Failure {
  const code: Issue['code'] =
    category === 'forbidden' ? 'forbidden' : category === 'unreadable' ? 'value' : 'conflict';
  const expression = `Bundle.entry[${request.index}].${element}`;
  return { category, issues: [{ severity: 'error', code, rule, text, expression }] };
}

/** The fault when a condition of the same transaction, or a stored resource, leads to another patient's data. */
export function otherPatient(each: Pick<MatchedEntry, 'request'>): Failure {
  return fault(
    each,
    'conflict',
    'submission-condition-other-patient',
    'The condition finds a resource of another patient. Add the patient to the condition.',
    'request.ifNoneExist',
  );
}

/** Combines all faults into one failure, with the category of the first. */
export function allOf(faults: readonly Failure[]): { ok: false; failure: Failure } {
  return failure(
    faults[0]?.category ?? 'invalid',
    faults.flatMap(({ issues }) => issues),
  );
}
