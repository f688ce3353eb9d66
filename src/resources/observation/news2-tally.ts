/**
 * Sorts the sub-scores of one NEWS2 group: which parameters have one reliable score, which have
 * none, and why. Where the sender contradicts itself no side is preferred: the parameter counts as missing.
 */
import type { RuleContext } from '../../definitions/rule';
import { onceFor } from '../common/once-for';
import { legalSubscores, PARAMETERS, type OxygenScale, type Parameter } from './news2/news2';
import type { Group, Score } from './news2-group';

/** A score with its value proven to be a whole number of its legal set. */
export interface UsableScore {
  score: Score;
  value: number;
}

export interface Tally {
  /** One for each parameter; none for oxygen saturation where both scales were sent. */
  present: ReadonlyMap<Parameter, UsableScore>;
  saturation: Readonly<Partial<Record<OxygenScale, UsableScore>>>;
  missing: readonly Parameter[];
  sum: number;
  /** Each total that the missing sub-scores could make up. */
  possibleTotals: ReadonlySet<number>;
  /** Sub-scores that appear several times in one model, with the same code. */
  duplicates: readonly (readonly Score[])[];
  /** Pairs of both models that give the same sub-score different values. */
  disagreeing: readonly (readonly [component: UsableScore, member: UsableScore])[];
  /** True where the group has any sub-score at all, usable or not. */
  hasScores: boolean;
}

export function tallyOf(group: Group, context: RuleContext): Tally {
  return onceFor(context, tallyOf, group, () => count(group));
}

/** The value of a sub-score, if it can be used: a whole number of the legal set, from a reliable Observation. */
export function usableValue({ observation, node, value, subscore }: Score): number | undefined {
  if (!observation.counts || node.dataAbsentReason !== undefined || value.kind !== 'whole') return undefined;
  return legalSubscores(subscore.parameter).includes(value.value) ? value.value : undefined;
}

function count(group: Group): Tally {
  const components = byCode(group.fromComponents);
  const members = byCode(group.fromMembers);
  const duplicates = [...components.values(), ...members.values()].filter((scores) => scores.length > 1);
  const disagreeing: [UsableScore, UsableScore][] = [];
  const chosen: UsableScore[] = [];
  for (const code of new Set([...components.keys(), ...members.keys()])) {
    const [component, member] = [only(components.get(code)), only(members.get(code))];
    if (component !== undefined && member !== undefined && component.value !== member.value) {
      disagreeing.push([component, member]);
    } else if ([components.get(code), members.get(code)].every((scores) => (scores?.length ?? 0) < 2)) {
      const usable = component ?? member;
      if (usable !== undefined) chosen.push(usable);
    }
  }
  return { ...addUp(chosen), duplicates, disagreeing, hasScores: components.size + members.size > 0 };
}

function byCode(scores: readonly Score[]): Map<string, Score[]> {
  const sorted = new Map<string, Score[]>();
  for (const score of scores) {
    if (!score.observation.counts) continue;
    const same = sorted.get(score.subscore.code);
    if (same === undefined) sorted.set(score.subscore.code, [score]);
    else same.push(score);
  }
  return sorted;
}

function only(scores: readonly Score[] | undefined): UsableScore | undefined {
  const score = scores?.length === 1 ? scores[0] : undefined;
  const value = score && usableValue(score);
  return score === undefined || value === undefined ? undefined : { score, value };
}

function addUp(chosen: readonly UsableScore[]) {
  const saturation: Partial<Record<OxygenScale, UsableScore>> = {};
  const present = new Map<Parameter, UsableScore>();
  for (const usable of chosen) {
    const { parameter, scale } = usable.score.subscore;
    if (scale !== undefined) saturation[scale] = usable;
    present.set(parameter, usable);
  }
  if (saturation[1] && saturation[2]) present.delete('oxygenSaturation');
  const missing = PARAMETERS.filter((parameter) => !present.has(parameter));
  const sum = [...present.values()].reduce((total, { value }) => total + value, 0);
  const possibleTotals = missing.reduce(
    (totals, parameter) =>
      new Set([...totals].flatMap((total) => legalSubscores(parameter).map((score) => total + score))),
    new Set([sum]),
  );
  return { saturation, present, missing, sum, possibleTotals };
}
