/**
 * Decides whether a resource is taken back: by its status; of a document, by that of what is in it; of an
 * AllergyIntolerance or Condition, by its verification.
 */
import { isObject, listOf, type AnyResource, type Json } from './types';

const IN_ERROR = 'entered-in-error';

export const isInError = ({ status, docStatus, verificationStatus }: AnyResource): boolean =>
  status === IN_ERROR ||
  docStatus === IN_ERROR ||
  (isObject(verificationStatus) &&
    listOf<Json>(verificationStatus.coding).some((coding) => isObject(coding) && coding.code === IN_ERROR));
