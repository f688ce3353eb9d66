/**
 * Decides a conflict of birth dates: a Patient with a stored NHS number and another birth date.
 * @see semantics "Who is who"; docs/submissions.md
 */
import type { MergeRemark, MergeResult } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';
import { isVerified, wasVerified } from './verified';

/** True where a part (year, month or day) that both give is not the same. */
export function birthDatesDiffer(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  const [a, b] = [one.split('-'), other.split('-')];
  return a.some((part, index) => b[index] !== undefined && b[index] !== part);
}

/**
 * Refuses the other birth date, unless the new number is verified and the stored one never was: then the Patient that
 * is sent replaces the stored one, with a warning and a review mark.
 */
export function decideBirthDateConflict(stored: AnyResource, incoming: AnyResource): MergeResult {
  if (wasVerified(stored) || !isVerified(incoming)) return otherBirthDate;
  // The data with the other birth date may be about another person, so nothing of it is kept.
  return { ok: true, resource: incoming, remarks: [birthDateReplaced] };
}

export const otherBirthDate: MergeResult = {
  ok: false,
  category: 'conflict',
  rule: 'submission-other-person',
  element: 'birthDate',
  text: 'The NHS number is already stored with another birth date. Check that the summary is for the right person. If the stored number was never verified, a number that you have verified (verification status 01) replaces it.',
};

const birthDateReplaced: MergeRemark = {
  rule: 'submission-demographics',
  severity: 'warning',
  element: 'birthDate',
  text: 'The birth date replaces the stored one, because this NHS number is verified and the stored one was not. Data stored earlier for this number may belong to another person.',
  review:
    'The birth date changed, because this NHS number is verified and the stored one was not; data stored earlier for this number may belong to another person',
};
