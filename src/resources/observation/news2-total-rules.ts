/**
 * What the NEWS2 chart says of a total and its sub-scores: range, sum, one oxygen saturation scale, no contradiction
 * (NEWS2 page, section 7). These are warnings for a clinician to consider. The server never changes or adds a score.
 * NEWS2 © Royal College of Physicians 2017.
 */
import { always, type Finding, type Rule, type RuleContext, type Severities } from '../../definitions/rule';
import type { AnyResource } from '../../fhir/types';
import { MAXIMUM_TOTAL, MINIMUM_TOTAL, subscoreOf } from './news2/news2';
import { news2Of, type Group, type Score } from './news2-group';
import { quantity, withNews2, withNews2Components } from './news2-example';
import { tallyOf, type Tally } from './news2-tally';
import { valueElementOf } from './score-value';

type GroupCheck = (group: Group, tally: Tally, context: RuleContext) => Iterable<Finding>;

/** Runs a check on the Observations that are NEWS2 totals with a reliable status. */
function onTotals(check: GroupCheck): Rule['check'] {
  return (resource: AnyResource, context: RuleContext) => {
    const group = news2Of(context).groupOf(resource);
    return group?.total.counts ? check(group, tallyOf(group, context), context) : undefined;
  };
}

const SCALE_2 = subscoreOf('oxygenSaturation', 2).code;

const WARNING: Severities = always('warning');
const shared = { severity: WARNING, code: 'business-rule', guidance: '3.4.6 NEWS2' } as const;

/** The total, where it is a whole number that the chart can reach. */
function legalTotal({ value }: Group): number | undefined {
  return value.kind === 'whole' && value.value >= MINIMUM_TOTAL && value.value <= MAXIMUM_TOTAL
    ? value.value
    : undefined;
}

const totalIsBetween0And20: Rule = {
  ...shared,
  id: 'news2-01',
  code: 'value',
  claim: 'A NEWS2 total is a whole number from 0 to 20.',
  check: onTotals(function* (group) {
    if (group.value.kind !== 'whole' || legalTotal(group) !== undefined) return;
    yield {
      element: valueElementOf(group.total.resource),
      text: `The NEWS2 total is not a possible total. Send a whole number from ${MINIMUM_TOTAL} to ${MAXIMUM_TOTAL}.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total }) => {
      total.valueInteger = 21;
    }),
  },
};

export const NOT_THE_SUM =
  'The NEWS2 total is not the sum of its sub-scores. Send the total and sub-scores of one assessment.';

const totalIsTheSumOfItsSubscores: Rule = {
  ...shared,
  id: 'news2-03',
  claim:
    'A NEWS2 total is the sum of its sub-scores, if all seven are present with one oxygen saturation scale.',
  check: onTotals(function* (group, { missing, sum }) {
    const total = legalTotal(group);
    if (total === undefined || missing.length > 0 || total === sum) return;
    yield {
      element: valueElementOf(group.total.resource),
      text: NOT_THE_SUM,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total }) => {
      total.valueInteger = 9;
    }),
  },
};

const totalIsWithinReachOfItsSubscores: Rule = {
  ...shared,
  id: 'news2-04',
  claim: 'If sub-scores are missing, the NEWS2 total is one that the missing sub-scores could make up.',
  check: onTotals(function* (group, { saturation, missing, present, possibleTotals }) {
    const total = legalTotal(group);
    if (total === undefined || missing.length === 0 || present.size === 0 || hasBothScales(saturation))
      return;
    if (possibleTotals.has(total)) return;
    yield {
      element: valueElementOf(group.total.resource),
      text: `The NEWS2 total does not fit its sub-scores, whatever the values of the missing ones (${missing.map((parameter) => subscoreOf(parameter).name.replace(' scale 1', '')).join(', ')}). Send the total and sub-scores of one assessment.`,
    };
  }),
  examples: {
    keeps: withNews2(({ total }) => {
      total.hasMember = (total.hasMember as []).slice(1);
    }),
    breaks: withNews2(({ total }) => {
      total.hasMember = (total.hasMember as []).slice(1);
      total.valueInteger = 12;
    }),
  },
};

function hasBothScales(saturation: Tally['saturation']): boolean {
  return saturation[1] !== undefined && saturation[2] !== undefined;
}

const oneOxygenSaturationScale: Rule = {
  ...shared,
  id: 'news2-05',
  claim: 'A NEWS2 set has exactly one oxygen saturation sub-score, for scale 1 or scale 2.',
  check: onTotals(function* (group, tally) {
    const { saturation, present, hasScores } = tally;
    if (saturation[1] && saturation[2]) {
      yield {
        element: '',
        text: `Sub-scores for both SpO₂ scales were sent, but only one scale applies to a patient. ${whichScaleFits(group, tally)} Send the one that was used.`,
      };
    } else if (hasScores && !present.has('oxygenSaturation')) {
      yield {
        element: '',
        severity: always('information'),
        code: 'incomplete',
        text: 'This total has no usable oxygen saturation sub-score. Send the sub-score for the scale that was used.',
      };
    }
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, readings, add, refer }) => {
      const derivedFrom = [refer(readings.oxygenSaturation)];
      const scale2 = add(SCALE_2, { valueInteger: 0, derivedFrom });
      total.hasMember = [...(total.hasMember as []), scale2];
    }),
  },
};

/** The sums with each scale and with both, where all the other sub-scores are there. */
function sumsOfScales({
  saturation,
  missing,
  sum,
}: Tally): { one: number; two: number; both: number } | undefined {
  if (!saturation[1] || !saturation[2] || missing.length > 1) return undefined;
  const [first, second] = [saturation[1].value, saturation[2].value];
  return { one: sum + first, two: sum + second, both: sum + first + second };
}

function whichScaleFits(group: Group, tally: Tally): string {
  const sums = sumsOfScales(tally);
  const total = legalTotal(group);
  if (sums === undefined || total === undefined) return 'It is not clear which scale the total includes.';
  const fitting = [sums.one === total ? '1' : '', sums.two === total ? '2' : ''].filter(Boolean);
  if (fitting.length === 0) return 'The total fits neither scale.';
  return `The total fits scale ${fitting.join(' and scale ')}.`;
}

const onlyOneScaleIsCounted: Rule = {
  ...shared,
  id: 'news2-06',
  claim: 'A NEWS2 total does not include both oxygen saturation scales.',
  check: onTotals(function* (group, tally) {
    const sums = sumsOfScales(tally);
    const total = legalTotal(group);
    if (sums === undefined || total !== sums.both || total === sums.one || total === sums.two) return;
    yield {
      element: valueElementOf(group.total.resource),
      text: 'The NEWS2 total includes both SpO₂ scales. Include only the scale that was used.',
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, scores, readings, add, refer }) => {
      Object.assign(readings.oxygenSaturation, quantity(86, '%'));
      scores.oxygenSaturation.valueInteger = 3;
      const derivedFrom = [refer(readings.oxygenSaturation)];
      const scale2 = add(SCALE_2, { valueInteger: 1, derivedFrom });
      total.hasMember = [...(total.hasMember as []), scale2];
      total.valueInteger = 9;
    }),
  },
};

const noSubscoreTwice: Rule = {
  ...shared,
  id: 'news2-14',
  code: 'duplicate',
  claim: 'A NEWS2 set has each sub-score once.',
  check: onTotals(function* (_group, { duplicates }) {
    for (const scores of duplicates) {
      yield {
        element: '',
        text: `The ${scores[0]?.subscore.name} sub-score appears ${scores.length} times (${scores.map(placeOf).join(', ')}), so none of them was used. Send each sub-score once for each total.`,
      };
    }
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, readings, add, refer }) => {
      const again = add('1104351000000103', { valueInteger: 1, derivedFrom: [refer(readings.pulse)] });
      total.hasMember = [...(total.hasMember as []), again];
    }),
  },
};

function placeOf({ observation, element }: Score): string {
  const place = `Bundle.entry[${observation.entry.index}]`;
  return element === '' ? place : `${place}.resource.${element}`;
}

const bothModelsAgree: Rule = {
  ...shared,
  id: 'news2-17',
  code: 'conflict',
  claim: 'Sub-scores sent both as components and in hasMember have the same values.',
  check: onTotals(function* (_group, { disagreeing }) {
    for (const [component] of disagreeing) {
      yield {
        element: component.score.element,
        text: `The ${component.score.subscore.name} sub-score as a component differs from the one in hasMember, so neither was used. Send it in one of the two places, or send the same value in both.`,
      };
    }
  }),
  examples: {
    keeps: withNews2Components(),
    breaks: withNews2Components(({ total, add }) => {
      const fast = add('78564009', quantity(135, '/min'));
      total.hasMember = [add('1104351000000103', { valueInteger: 3, derivedFrom: [fast] })];
    }),
  },
};

const oneTotalAtATime: Rule = {
  ...shared,
  id: 'news2-24',
  code: 'conflict',
  claim: 'NEWS2 totals with the same time have the same value.',
  check: onTotals(function* (group, _tally, context) {
    const total = legalTotal(group);
    const earlier = firstGroupsByTime(context).get(group.total.at?.from ?? NaN);
    if (total === undefined || earlier === undefined || earlier === group || legalTotal(earlier) === total)
      return;
    yield {
      element: valueElementOf(group.total.resource),
      text: `Another NEWS2 total with the same time, Bundle.entry[${earlier.total.entry.index}], differs from this one. If one corrects the other, send only the corrected total, with status corrected.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ scores, add, refer }) => {
      add('1104051000000101', { valueInteger: 9, hasMember: [refer(scores.oxygenSaturation)] });
    }),
  },
};

/** The first reliable group of each time. */
function firstGroupsByTime(context: RuleContext): ReadonlyMap<number, Group> {
  return context.once(firstGroupsByTime, () => {
    const groups = news2Of(context).groups.filter(({ total }) => total.counts && total.at?.hasTime);
    return new Map([...groups].reverse().map((group) => [group.total.at?.from ?? NaN, group]));
  });
}

export const news2TotalRules: readonly Rule[] = [
  totalIsBetween0And20,
  totalIsTheSumOfItsSubscores,
  totalIsWithinReachOfItsSubscores,
  oneOxygenSaturationScale,
  onlyOneScaleIsCounted,
  noSubscoreTwice,
  bothModelsAgree,
  oneTotalAtATime,
];
