/**
 * Decides whether a resource is taken back: by its status; of a document, by that of what is in it; of an
 * AllergyIntolerance or Condition, by its verification.
 */
import { isObject, listOf, type AnyResource, type Json } from './types';

const IN_ERROR = 'entered-in-error';

export const isInError = (resource: AnyResource): boolean =>
  resource.status === IN_ERROR || resource.docStatus === IN_ERROR || isVerifiedAs(resource, [IN_ERROR]);

/** True of an AllergyIntolerance or Condition whose verification is one of these. */
export const isVerifiedAs = ({ verificationStatus }: AnyResource, among: readonly unknown[]): boolean =>
  isObject(verificationStatus) &&
  listOf<Json>(verificationStatus.coding).some((coding) => isObject(coding) && among.includes(coding.code));
