/**
 * The label of a Patient whose record is restricted (`meta.security`, the S flag of PDS). Somebody may be in danger if
 * it gets lost, so a sender that does not know it does not take it away.
 * @see docs/decisions/0014-what-a-patient-keeps.md
 */
import type { MergeContext, MergeRemark } from '../../definitions/table';
import { isObject, type AnyResource } from '../../fhir/types';
import { isConfidentiality, isRestricted, labelsOf } from '../../terminology/confidentiality';

/** True if the stored Patient is restricted and the new one is not, unless the same lineage says so of its own Patient. */
export function losesLabel(
  stored: AnyResource,
  incoming: AnyResource,
  { solelyThisLineage }: MergeContext,
): boolean {
  if (!labelsOf(stored).some(isRestricted) || labelsOf(incoming).some(isRestricted)) return false;
  return !(solelyThisLineage && saysLabel(incoming));
}

/** True if a Patient has a label of confidentiality, whatever it says. */
export const saysLabel = (patient: AnyResource): boolean => labelsOf(patient).some(isConfidentiality);

/** The Patient with the label of the stored one in place of its own. */
export const withLabelOf = (stored: AnyResource, patient: AnyResource): AnyResource => ({
  ...patient,
  meta: {
    ...(isObject(patient.meta) ? patient.meta : {}),
    security: [
      ...labelsOf(stored).filter(isRestricted),
      ...labelsOf(patient).filter((label) => !isConfidentiality(label)),
    ],
  },
});

export const labelKept: MergeRemark = {
  rule: 'submission-label-kept',
  severity: 'warning',
  element: '',
  text: 'An earlier submission labelled the record of this patient as restricted. It stays restricted. Send the label (`meta.security`), and hold back what it protects, such as the address.',
  review: 'The record of the patient is restricted, and this submission does not say so',
};

export const labelDiffers: MergeRemark = {
  rule: 'submission-label-kept',
  severity: 'warning',
  element: 'meta.security',
  text: 'An earlier submission labelled the record of this patient as restricted, and this one says that it is not. It stays restricted. The sender of the label can correct its own submission.',
  review: 'The record of the patient is restricted, and this submission says that it is not',
};
