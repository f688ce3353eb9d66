/** What a stay's state is in words, beside its link and on its page. */
import type { AnyResource } from '../../../fhir/types';
import { stayStateOf } from '../../../use-cases/reading/stay-state';

export interface StateTag {
  text: string;
  /** A colour of the design system's tags. */
  colour: string;
}

export function statesOf(
  stay: AnyResource,
  documents: readonly AnyResource[],
  isCorrected: boolean,
): StateTag[] {
  const { isInError, isCancelled, isNotFinal } = stayStateOf(stay, documents);
  return [
    ...(isInError ? [{ text: 'Entered in error', colour: 'red' }] : []),
    ...(isCancelled ? [{ text: 'Cancelled', colour: 'grey' }] : []),
    ...(isNotFinal ? [{ text: 'Not final', colour: 'orange' }] : []),
    ...(isCorrected ? [{ text: 'Corrected', colour: 'blue' }] : []),
  ];
}
