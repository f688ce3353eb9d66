/** Decides whether a resource is taken back: by its status, or, of a document, by that of what is in it. */
import type { AnyResource } from './types';

export const isInError = ({ status, docStatus }: AnyResource): boolean =>
  status === 'entered-in-error' || docStatus === 'entered-in-error';
