/**
 * The NEWS2 Observations within fifteen minutes of another that are not linked to it. Used to
 * choose the words of a text ("link it" instead of "send it"), and to find scores for children; never to score.
 */
import type { RuleContext } from '../../definitions/rule';
import { MINUTE_MS } from '../common/span';
import { news2Of, type Seen } from './news2-group';

export interface Nearby {
  totals: boolean;
  scores: boolean;
  readings: boolean;
  /** Scores for children (NPEWS). */
  paediatric: boolean;
}

const NEAR_MS = 15 * MINUTE_MS;
const NOTHING: Nearby = { totals: false, scores: false, readings: false, paediatric: false };

interface Times {
  totals: readonly number[];
  scores: readonly number[];
  readings: readonly number[];
  paediatric: readonly number[];
}

export function nearbyOf(seen: Seen, context: RuleContext): Nearby {
  if (!seen.at?.hasTime) return NOTHING;
  const { from } = seen.at;
  const times = timesOf(context);
  return {
    totals: isNear(times.totals, from),
    scores: isNear(times.scores, from),
    readings: isNear(times.readings, from),
    paediatric: isNear(times.paediatric, from),
  };
}

function timesOf(context: RuleContext): Times {
  return context.once(timesOf, () => {
    const { observations } = news2Of(context);
    const of = (keep: (seen: Seen) => boolean): number[] =>
      observations
        .flatMap((seen) => (seen.at?.hasTime && keep(seen) ? [seen.at.from] : []))
        .sort((a, b) => a - b);
    return {
      totals: of(({ isTotal }) => isTotal),
      scores: of(({ scores }) => scores.length > 0),
      readings: of(({ readings }) => readings.length > 0),
      paediatric: of(({ isPaediatric }) => isPaediatric),
    };
  });
}

/** Looks for the first time that is not too early; the list is in order. */
function isNear(times: readonly number[], time: number): boolean {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time - NEAR_MS) low = middle + 1;
    else high = middle;
  }
  const first = times[low];
  return first !== undefined && first <= time + NEAR_MS;
}
