/**
 * The rules for one sub-score and its reading by the NEWS2 chart (NEWS2 page, section 7). A reading with an unknown
 * unit, an impossible value or an unreliable status is not compared. Warnings only.
 * NEWS2 © Royal College of Physicians 2017.
 */
import { always, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import type { AnyResource, Json } from '../../fhir/types';
import {
  acceptedScores,
  airOrOxygenScore,
  consciousnessScore,
  isBanded,
  legalSubscores,
  subscoreOf,
  type OxygenScale,
} from './news2/news2';
import { onceFor } from '../common/once-for';
import { onOxygenAccordingTo } from './oxygen';
import { consciousnessOf, counts, measurementOf, type Measurement } from './measurement';
import { coded, quantity, withNews2, withNews2Components } from './news2-example';
import { news2Of, type News2, type RawReading, type Score } from './news2-group';
import { usableValue } from './news2-tally';
import { valueElementOf } from './score-value';

type ScoreCheck = (
  score: Score,
  readings: readonly RawReading[],
  news2: News2,
  context: RuleContext,
) => Iterable<Finding>;

/** Runs a check on each sub-score that an Observation is, or holds as a component, with the readings behind it. */
function onScores(check: ScoreCheck): Rule['check'] {
  return (resource: AnyResource, context: RuleContext) => {
    const news2 = news2Of(context);
    const seen = news2.seen(resource);
    // Most Observations are no score, and six rules ask.
    if (!seen?.counts || seen.scores.length === 0) return undefined;
    return findingsOf(check, seen.scores, news2, context);
  };
}

function* findingsOf(
  check: ScoreCheck,
  scores: readonly Score[],
  news2: News2,
  context: RuleContext,
): Iterable<Finding> {
  for (const score of scores) yield* check(score, news2.readingsOf(score).filter(counts), news2, context);
}

const shared = { severity: always('warning'), code: 'business-rule', guidance: '3.4.6 NEWS2' } as const;

function valuePlace({ element, node }: Score): string {
  return element === '' ? valueElementOf(node) : `${element}.${valueElementOf(node)}`;
}

const subscoreIsOfItsLegalSet: Rule = {
  ...shared,
  id: 'news2-02',
  code: 'value',
  claim:
    'A NEWS2 sub-score has a value that the NEWS2 chart allows: 0 to 3, or 0 or 2 for air or oxygen, or 0 or 3 for consciousness.',
  check: onScores(function* (score) {
    const { value, subscore } = score;
    const legal = legalSubscores(subscore.parameter);
    if (value.kind !== 'whole' || legal.includes(value.value)) return;
    yield {
      element: valuePlace(score),
      text: `The ${subscore.name} sub-score is not a value of the NEWS2 chart. Send ${legal.slice(0, -1).join(', ')} or ${legal.at(-1)}.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ scores }) => {
      scores.airOrOxygen.valueInteger = 1;
    }),
  },
};

/** The readings of a score's own parameter that can be compared, where its parameter is scored from a number. */
function measurementsFor(score: Score, readings: readonly RawReading[]): Measurement[] {
  return readings.flatMap((reading) => {
    if (reading.reading !== score.subscore.parameter) return [];
    const measurement = measurementOf(reading);
    return measurement?.isPossible ? [measurement] : [];
  });
}

/** Whether the patient was on oxygen: from a reading, or else from the air or oxygen sub-score of the group. */
function isOnOxygen(score: Score, readings: readonly RawReading[], news2: News2): boolean | undefined {
  const group = news2.homeOf(score.observation.resource);
  const said = onOxygenAccordingTo([...readings, ...(group?.readings ?? [])]);
  if (said !== undefined || group === undefined) return said;
  const air = [...group.fromComponents, ...group.fromMembers]
    .filter(({ subscore }) => subscore.parameter === 'airOrOxygen')
    .map(usableValue);
  return air.length === 1 && air[0] !== undefined ? air[0] === airOrOxygenScore(true) : undefined;
}

interface Comparison {
  sent: number;
  measurement: Measurement;
  /** Undefined where the chart cannot say. */
  accepted: ReadonlySet<number> | undefined;
  /** What the other oxygen saturation scale would accept. */
  byOtherScale: ReadonlySet<number> | undefined;
}

/** Compares a sub-score with its readings, once for all rules. */
function compare(
  score: Score,
  readings: readonly RawReading[],
  news2: News2,
  context: RuleContext,
): Comparison | undefined {
  return onceFor(context, compare, score, () => compareOnce(score, readings, news2));
}

/** If there are several readings, uses one that agrees with the score, if any does. */
function compareOnce(score: Score, readings: readonly RawReading[], news2: News2): Comparison | undefined {
  const { parameter, scale } = score.subscore;
  const sent = usableValue(score);
  if (sent === undefined || !isBanded(parameter)) return undefined;
  const measurements = measurementsFor(score, readings);
  if (measurements.length === 0) return undefined;
  const onOxygen = scale === undefined ? undefined : isOnOxygen(score, readings, news2);
  const by = (value: number, ofScale: OxygenScale | undefined): ReadonlySet<number> | undefined =>
    acceptedScores(parameter, value, {
      ...(ofScale !== undefined && { scale: ofScale }),
      ...(onOxygen !== undefined && { onOxygen }),
    });
  const all = measurements.map((measurement): Comparison => ({
    sent,
    measurement,
    accepted: by(measurement.value, scale),
    byOtherScale: scale === undefined ? undefined : by(measurement.value, scale === 1 ? 2 : 1),
  }));
  return all.find(({ accepted }) => accepted?.has(sent)) ?? all[0];
}

const subscoreIsTheBandOfItsReading: Rule = {
  ...shared,
  id: 'news2-07',
  claim: 'A NEWS2 sub-score is what the NEWS2 chart gives for the reading that it scores.',
  check: onScores(function* (score, readings, news2, context) {
    const comparison = compare(score, readings, news2, context);
    if (!comparison?.accepted || comparison.accepted.has(comparison.sent)) return;
    // Rule news2-09 reports a score that fits the other saturation scale.
    if (comparison.byOtherScale?.has(comparison.sent)) return;
    yield {
      element: valuePlace(score),
      text: `The ${score.subscore.name} sub-score is not what the NEWS2 chart gives for its reading. Check both, and send the reading that was scored.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ readings, leaveOut }) => {
      Object.assign(readings.temperature, quantity(37.5, 'Cel'));
      leaveOut('consciousness');
    }),
  },
};

const scale2KnowsAboutOxygen: Rule = {
  ...shared,
  id: 'news2-08',
  severity: always('information'),
  code: 'incomplete',
  claim: 'A saturation of 93% or more on scale 2 is sent with an air or oxygen sub-score or reading.',
  check: onScores(function* (score, readings, news2, context) {
    const comparison = compare(score, readings, news2, context);
    if (comparison === undefined || comparison.accepted !== undefined) return;
    yield {
      element: valuePlace(score),
      text: `The ${score.subscore.name} sub-score cannot be checked. For this reading the score depends on whether the patient is on oxygen, and this NEWS2 set does not say. Send the air or oxygen sub-score.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ scores, total }) => {
      scores.oxygenSaturation.code = coded(subscoreOf('oxygenSaturation', 2).code, 'SpO2 scale 2 score');
      total.hasMember = (total.hasMember as Json[]).slice(0, 2);
    }),
  },
};

const scoreIsOfTheScaleThatItNames: Rule = {
  ...shared,
  id: 'news2-09',
  claim: 'An oxygen saturation sub-score uses the scale that its code names.',
  check: onScores(function* (score, readings, news2, context) {
    const comparison = compare(score, readings, news2, context);
    const { accepted, byOtherScale, sent } = comparison ?? {};
    if (!accepted || !byOtherScale || sent === undefined || accepted.has(sent) || !byOtherScale.has(sent))
      return;
    const scale = score.subscore.scale ?? 1;
    const other = scale === 1 ? 2 : 1;
    yield {
      element: score.element === '' ? 'code' : `${score.element}.code`,
      text: `The sub-score is coded as SpO₂ scale ${scale}, but only scale ${other} gives this score for the reading. Check which scale was used, and send its code.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ readings, leaveOut }) => {
      Object.assign(readings.oxygenSaturation, quantity(86, '%'));
      leaveOut('consciousness');
    }),
  },
};

const airOrOxygenAgreesWithWhatWasBreathed: Rule = {
  ...shared,
  id: 'news2-10',
  claim: 'The air or oxygen sub-score agrees with the readings.',
  check: onScores(function* (score, readings, news2) {
    const sent = usableValue(score);
    if (score.subscore.parameter !== 'airOrOxygen' || sent === undefined) return;
    const inGroup = news2.homeOf(score.observation.resource)?.readings ?? [];
    const onOxygen = onOxygenAccordingTo([...readings, ...inGroup]);
    if (onOxygen === undefined || airOrOxygenScore(onOxygen) === sent) return;
    yield {
      element: valuePlace(score),
      text: 'The air or oxygen sub-score does not agree with the readings. Send 0 if the patient was breathing room air when they were taken, and 2 if the patient was on oxygen.',
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, scores, leaveOut }) => {
      scores.airOrOxygen.valueInteger = 2;
      leaveOut('consciousness');
      total.valueInteger = 8;
    }),
  },
};

const consciousnessAgreesWithAcvpu: Rule = {
  ...shared,
  id: 'news2-11',
  claim: 'The consciousness sub-score agrees with the ACVPU level.',
  check: onScores(function* (score, readings) {
    const sent = usableValue(score);
    if (score.subscore.parameter !== 'consciousness' || sent === undefined) return;
    for (const reading of readings) {
      const said = consciousnessOf(reading);
      if (said === undefined || said.kind === 'other') continue;
      const expected = said.kind === 'level' ? consciousnessScore(said.level) : said.score;
      if (expected === sent) continue;
      yield {
        element: valuePlace(score),
        text: 'The consciousness sub-score does not agree with the ACVPU reading. Alert scores 0, any other level 3.',
      };
    }
  }),
  examples: {
    keeps: withNews2Components(),
    breaks: withNews2(({ total, scores, leaveOut }) => {
      scores.consciousness.valueInteger = 3;
      leaveOut('temperature');
      total.valueInteger = 9;
    }),
  },
};

export const news2ScoreRules: readonly Rule[] = [
  subscoreIsOfItsLegalSet,
  subscoreIsTheBandOfItsReading,
  scale2KnowsAboutOxygen,
  scoreIsOfTheScaleThatItNames,
  airOrOxygenAgreesWithWhatWasBreathed,
  consciousnessAgreesWithAcvpu,
];
