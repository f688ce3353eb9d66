/**
 * What a stay and its documents together say of its state: for the tags of pages, and for the document that `$summary`
 * makes. A document that was retracted beside one that holds does not change it.
 *
 * @example stayStateOf({ status: 'finished' }, [retracted, current]).isInError // false: one document holds
 */
import { isInError } from '../../fhir/in-error';
import { isObject, listOf, type AnyResource, type Json } from '../../fhir/types';

export interface StayState {
  /** The stay is entered in error, or every document of it that was not replaced is. */
  isInError: boolean;
  isCancelled: boolean;
  /** The stay has not ended, or every document of it that holds is preliminary. */
  isNotFinal: boolean;
}

/** A stay that has not ended, or whose status says nothing. */
const UNDER_WAY = ['planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'unknown'];

/** @param documents those that are about the stay (`isAbout`) */
export function stayStateOf(stay: AnyResource, documents: readonly AnyResource[]): StayState {
  const latest = documents.filter(({ status }) => status !== 'superseded');
  const holding = latest.filter((document) => !isInError(document));
  const arePreliminary = holding.length > 0 && holding.every(({ docStatus }) => docStatus === 'preliminary');
  return {
    isInError: stay.status === 'entered-in-error' || (latest.length > 0 && holding.length === 0),
    isCancelled: stay.status === 'cancelled',
    isNotFinal: UNDER_WAY.includes(String(stay.status)) || arePreliminary,
  };
}

/** True of a document that is about the stay. */
export function isAbout(document: AnyResource, stayReference: string): boolean {
  const context = isObject(document.context) ? document.context : {};
  return listOf<Json>(context.encounter)
    .filter(isObject)
    .some(({ reference }) => reference === stayReference);
}
