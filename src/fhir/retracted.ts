/**
 * Decides whether a resource no longer says anything about its patient: it is entered in error or cancelled, in whichever
 * element its type has for that.
 */
import { isVerifiedAs } from './in-error';
import type { AnyResource } from './types';

const RETRACTED: readonly unknown[] = ['entered-in-error', 'cancelled'];

/** `lifecycleStatus` is that of a Goal. */
export const isRetracted = (resource: AnyResource): boolean =>
  RETRACTED.includes(resource.status) ||
  RETRACTED.includes(resource.lifecycleStatus) ||
  isVerifiedAs(resource, RETRACTED);
