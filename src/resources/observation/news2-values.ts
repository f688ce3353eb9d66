/**
 * The values of the NEWS2 columns of an Observation, so that "NEWS2 of 7 or more" is a search. The sender's own
 * score, never a computed one. A retracted Observation keeps its value; its status shows that it is retracted. One that
 * is not of the patient has none.
 */
import { isTotalCode, subscoreParameter, type OxygenScale, type Parameter } from './news2/news2';
import { snomedCodesOf } from '../common/codings';
import type { AnyResource } from '../../fhir/types';
import { isOfAnother } from './of-others';
import { scoreValueOf } from './score-value';

export interface News2Columns {
  /** The total, where the code is the NEWS2 total's and the value a whole number, as integer or Quantity. */
  news2Total: number | null;
  news2Subscore: { parameter: Parameter; scale: OxygenScale | null; score: number } | null;
}

export function news2Columns(observation: AnyResource): News2Columns {
  const none: News2Columns = { news2Total: null, news2Subscore: null };
  if (isOfAnother(observation)) return none;
  const value = scoreValueOf(observation);
  if (value.kind !== 'whole' || value.from === 'valueString' || !fitsInteger(value.value)) return none;
  for (const code of snomedCodesOf(observation.code)) {
    if (isTotalCode(code)) return { ...none, news2Total: value.value };
    const subscore = subscoreParameter(code);
    if (subscore !== undefined) {
      const { parameter, scale } = subscore;
      return { ...none, news2Subscore: { parameter, scale: scale ?? null, score: value.value } };
    }
  }
  return none;
}

/** True if the value fits into a 32-bit integer column. A Quantity may contain any number. */
function fitsInteger(value: number): boolean {
  return Math.abs(value) <= 2_147_483_647;
}
