/** What a stay's state is in words, beside its link and on its page. */
import { isObject, listOf, type AnyResource, type Json } from '../../../fhir/types';

export interface StateTag {
  text: string;
  /** A colour of the design system's tags. */
  colour: string;
}

const IN_ERROR = 'entered-in-error';
/** A stay that has not ended, or whose status says nothing. */
const UNDER_WAY = ['planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'unknown'];

export function statesOf(
  stay: AnyResource,
  documents: readonly AnyResource[],
  isCorrected: boolean,
): StateTag[] {
  const inError = stay.status === IN_ERROR || documents.some(isInError);
  const notFinal =
    UNDER_WAY.includes(String(stay.status)) || documents.some(({ docStatus }) => docStatus === 'preliminary');
  return [
    ...(inError ? [{ text: 'Entered in error', colour: 'red' }] : []),
    ...(stay.status === 'cancelled' ? [{ text: 'Cancelled', colour: 'grey' }] : []),
    ...(notFinal ? [{ text: 'Not final', colour: 'orange' }] : []),
    ...(isCorrected ? [{ text: 'Corrected', colour: 'blue' }] : []),
  ];
}

const isInError = ({ status, docStatus }: AnyResource): boolean =>
  status === IN_ERROR || docStatus === IN_ERROR;

/** True of a document that is about the stay. */
export function isAbout(document: AnyResource, stayReference: string): boolean {
  const context = isObject(document.context) ? document.context : {};
  return listOf<Json>(context.encounter)
    .filter(isObject)
    .some(({ reference }) => reference === stayReference);
}
