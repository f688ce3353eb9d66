/**
 * Decides whether a resource no longer says anything about its patient: it is entered in error or cancelled, in whichever
 * element its type has for that.
 */
import { isObject, listOf, type AnyResource, type Json } from './types';

const RETRACTED: readonly unknown[] = ['entered-in-error', 'cancelled'];

/** `lifecycleStatus` is that of a Goal, `verificationStatus` that of an AllergyIntolerance or Condition. */
export const isRetracted = ({ status, lifecycleStatus, verificationStatus }: AnyResource): boolean =>
  RETRACTED.includes(status) ||
  RETRACTED.includes(lifecycleStatus) ||
  (isObject(verificationStatus) &&
    listOf<Json>(verificationStatus.coding).some(
      (coding) => isObject(coding) && RETRACTED.includes(coding.code),
    ));
