/**
 * The rules for a NEWS2 set as a whole: total, sub-scores and readings are sent together, belong to one patient and
 * one time, and agree even where no sub-score speaks (NEWS2 page, section 7; 3.2).
 * NEWS2 © Royal College of Physicians 2017.
 */
import { leastAndMost } from '../../fhir/long-lists';
import { always, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { ageAt } from '../../fhir/date';
import { isObject, type AnyResource } from '../../fhir/types';
import {
  acceptedScores,
  airOrOxygenScore,
  consciousnessScore,
  MAXIMUM_TOTAL,
  MINIMUM_TOTAL,
  PARAMETERS,
  type OxygenScale,
  type Parameter,
} from './news2/news2';
import { resourcesOf, unchanged } from '../common/example';
import { HOUR_MS, isAfter, MINUTE_MS, spanOf } from '../common/span';
import { onOxygenAccordingTo } from './oxygen';
import { consciousnessOf, counts, measurementOf } from './measurement';
import { coded, withNews2, withNews2Components } from './news2-example';
import { news2Of, type Group, type News2, type RawReading, type Seen } from './news2-group';
import { nearbyOf } from './news2-nearby';
import { tallyOf } from './news2-tally';
import { valueElementOf } from './score-value';

const shared = { severity: always('warning'), code: 'business-rule', guidance: '3.4.6 NEWS2' } as const;

function onGroups(
  check: (group: Group, news2: News2, context: RuleContext) => Iterable<Finding>,
): Rule['check'] {
  return (resource: AnyResource, context: RuleContext) => {
    const news2 = news2Of(context);
    const group = news2.groupOf(resource);
    return group === undefined ? undefined : check(group, news2, context);
  };
}

const onlyTheTotal = withNews2(({ summary, total }) => {
  delete total.hasMember;
  keepOnly(summary, total);
});

function keepOnly(summary: AnyResource, ...kept: AnyResource[]): void {
  summary.entry = (summary.entry as { resource: AnyResource }[]).filter(
    ({ resource }) => resource.resourceType !== 'Observation' || kept.includes(resource),
  );
}

const totalComesWithScoresAndReadings: Rule = {
  ...shared,
  id: 'vw-gen-10',
  code: 'incomplete',
  guidance: '3.2 NEWS2',
  claim: 'A NEWS2 total is sent with its sub-scores and their readings, and refers to them.',
  check: onGroups(function* (group, _news2, context) {
    const nearby = nearbyOf(group.total, context);
    const lacking = [
      tallyOf(group, context).hasScores || nearby.scores ? '' : 'its sub-scores',
      group.readings.length > 0 || nearby.readings ? '' : 'their readings',
    ].filter(Boolean);
    if (lacking.length === 0) return;
    yield {
      element: '',
      text: `This NEWS2 total was sent without ${lacking.join(' and ')}. Send them too. Refer to sub-scores in hasMember and to readings in derivedFrom.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ summary, total, readings, refer }) => {
      delete total.hasMember;
      total.derivedFrom = Object.values(readings).map(refer);
      keepOnly(summary, total, ...Object.values(readings));
    }),
  },
};

const totalDoesNotComeAlone: Rule = {
  ...shared,
  id: 'news2-15',
  code: 'incomplete',
  claim: 'A NEWS2 total can be checked against at least one sub-score or reading.',
  check: onGroups(function* (group, _news2, context) {
    const nearby = nearbyOf(group.total, context);
    if (tallyOf(group, context).hasScores || group.readings.length > 0 || nearby.scores || nearby.readings)
      return;
    yield {
      element: valueElementOf(group.total.resource),
      text: 'This NEWS2 total has no sub-score and no reading, so it could not be checked. Refer to its sub-scores in hasMember, and to their readings in derivedFrom.',
    };
  }),
  examples: { keeps: withNews2Components(), breaks: onlyTheTotal },
};

const subscoresComeWithTheirTotal: Rule = {
  ...shared,
  id: 'news2-16',
  severity: always('information'),
  code: 'incomplete',
  claim: 'NEWS2 sub-scores are sent with their total.',
  *check(resource, context): Iterable<Finding> {
    const news2 = news2Of(context);
    const seen = news2.seen(resource);
    if (seen === undefined || seen.isTotal || seen.scores.length === 0) return;
    if (news2.homeOf(resource) !== undefined || nearbyOf(seen, context).totals) return;
    yield {
      element: '',
      text: 'This NEWS2 sub-score belongs to no total. Send the total of the assessment, and refer to this sub-score in its hasMember.',
    };
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ summary, total }) => {
      keepOnly(
        summary,
        ...resourcesOf(summary, 'Observation').filter((observation) => observation !== total),
      );
    }),
  },
};

const setBelongsToOnePatient: Rule = {
  ...shared,
  id: 'news2-18',
  severity: always('error'),
  code: 'conflict',
  claim: 'A NEWS2 total, its sub-scores and its readings belong to one patient.',
  check: onGroups(function* (group, _news2, context) {
    const patient = patientOf(group.total, context);
    const stranger = group.members.find((member) => {
      const other = patientOf(member, context);
      return patient !== undefined && other !== undefined && other !== patient;
    });
    if (stranger === undefined) return;
    yield {
      element: 'subject',
      text: `This NEWS2 total and Bundle.entry[${stranger.entry.index}], which belongs to it, are about different patients. Link Observations of one patient only.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ summary, readings }) => {
      const [patient] = resourcesOf(summary, 'Patient');
      const fullUrl = 'urn:uuid:00000000-0000-4000-8000-00000000ffff';
      (summary.entry as object[]).push({ fullUrl, resource: { ...patient, id: fullUrl.slice(9) } });
      readings.pulse.subject = { reference: fullUrl };
    }),
  },
};

function patientOf(seen: Seen, context: RuleContext): AnyResource | undefined {
  const { subject } = seen.resource;
  if (!isObject(subject)) return undefined;
  const resolution = context.resolve(subject, seen.entry, ['Patient']);
  return resolution.outcome === 'resolved' ? resolution.entry.resource : undefined;
}

const setIsOfOneHour: Rule = {
  ...shared,
  id: 'news2-19',
  severity: always('information'),
  claim: 'The Observations of a NEWS2 set were taken within an hour.',
  check: onGroups(function* (group) {
    const times = group.members.flatMap(({ at }) => (at?.hasTime ? [at.from] : []));
    const { least, most } = leastAndMost(times);
    const spread = most - least;
    if (spread <= HOUR_MS) return;
    yield {
      element: 'effectiveDateTime',
      text: `The Observations of this NEWS2 set are ${Math.round(spread / MINUTE_MS)} minutes apart. A set is expected to span no more than 60 minutes. Link the readings that were scored.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, readings }) => {
      const at = spanOf(total.effectiveDateTime)?.from ?? 0;
      readings.pulse.effectiveDateTime = new Date(at + 2 * HOUR_MS).toISOString();
    }),
  },
};

const totalIsThatOfItsReadings: Rule = {
  ...shared,
  id: 'news2-20',
  claim:
    'A NEWS2 total is what the NEWS2 chart gives for its readings, if all the readings are present and the scale is known.',
  check: onGroups(function* (group, _news2, context) {
    if (group.value.kind !== 'whole' || !group.total.counts) return;
    const { saturation, present, missing, sum } = tallyOf(group, context);
    if (Boolean(saturation[1]) === Boolean(saturation[2])) return;
    const scores = scoresOfReadings(group.readings.filter(counts), saturation[2] ? 2 : 1);
    if (scores === undefined) return;
    const { value: total } = group.value;
    if (total < MINIMUM_TOTAL || total > MAXIMUM_TOTAL || (missing.length === 0 && total !== sum)) return;
    const [least, most] = [sumOf(scores, Math.min), sumOf(scores, Math.max)];
    if (total >= least && total <= most) return;
    // A sub-score that is already reported as wrong is not reported again here, and neither is a wrong sum.
    const isSaid = [...present].some(([parameter, { value }]) => !scores.get(parameter)?.has(value));
    yield {
      element: valueElementOf(group.total.resource),
      ...(isSaid && { severity: always('information') }),
      text: 'The NEWS2 total is not what the NEWS2 chart gives for its readings. Check the total, and send the readings that were scored.',
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, scores, readings, refer }) => {
      total.valueInteger = 9;
      total.hasMember = [refer(scores.oxygenSaturation)];
      total.derivedFrom = Object.values(readings).map(refer);
    }),
  },
};

function sumOf(
  scores: ReadonlyMap<Parameter, ReadonlySet<number>>,
  choose: (...n: number[]) => number,
): number {
  return [...scores.values()].reduce((sum, accepted) => sum + choose(...accepted), 0);
}

/** The scores that each parameter's reading may have; `undefined` if a reading is absent or not certain. */
function scoresOfReadings(
  readings: readonly RawReading[],
  scale: OxygenScale,
): ReadonlyMap<Parameter, ReadonlySet<number>> | undefined {
  const onOxygen = onOxygenAccordingTo(readings);
  if (onOxygen === undefined) return undefined;
  const scores = new Map<Parameter, ReadonlySet<number>>();
  for (const parameter of PARAMETERS) {
    const accepted = scoresOfParameter(parameter, readings, { scale, onOxygen });
    if (accepted === undefined) return undefined;
    scores.set(parameter, accepted);
  }
  return scores;
}

function scoresOfParameter(
  parameter: Parameter,
  readings: readonly RawReading[],
  circumstances: { scale: OxygenScale; onOxygen: boolean },
): ReadonlySet<number> | undefined {
  if (parameter === 'airOrOxygen') return new Set([airOrOxygenScore(circumstances.onOxygen)]);
  const own = readings.filter(({ reading }) => reading === parameter);
  const [first] = own;
  if (first === undefined || own.length > 1) return undefined;
  if (parameter === 'consciousness') {
    const said = consciousnessOf(first);
    return said?.kind === 'level' ? new Set([consciousnessScore(said.level)]) : undefined;
  }
  const measurement = measurementOf(first);
  return measurement?.isPossible ? acceptedScores(parameter, measurement.value, circumstances) : undefined;
}

/** In years. */
const YOUNGEST = 16;

const CHILD_BESIDE =
  'A score for children (NPEWS) was taken within fifteen minutes of this NEWS2 total. Do not mix the two. Send NEWS2 scores or NPEWS scores.';

const isForAdults: Rule = {
  ...shared,
  id: 'news2-21',
  severity: always('information'),
  claim: 'NEWS2 is for people aged 16 and over, and is not mixed with the score for children (NPEWS).',
  check: onGroups(function* (group, _news2, context) {
    if (isTooYoung(group.total, context)) {
      yield {
        element: '',
        text: 'NEWS2 is for people aged 16 and over, but the birth date shows that the patient was younger. Check which score was used, and check the birth date.',
      };
    }
    const child = group.members.find(({ isPaediatric }) => isPaediatric);
    if (child === undefined && !nearbyOf(group.total, context).paediatric) return;
    yield {
      element: '',
      severity: always('warning'),
      text:
        child === undefined
          ? CHILD_BESIDE
          : `Bundle.entry[${child.entry.index}], which belongs to this NEWS2 total, is a score for children (NPEWS). Do not mix the two. Send NEWS2 scores or NPEWS scores.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ total, add }) => {
      total.hasMember = [...(total.hasMember as []), add('1363331000000103', { valueInteger: 1 })];
    }),
  },
};

/** The age by the birth date that was sent. It can be negative if the birth date or the time is wrong. */
function isTooYoung(total: Seen, context: RuleContext): boolean {
  const birthDate = patientOf(total, context)?.birthDate;
  const birth = spanOf(birthDate);
  if (typeof birthDate !== 'string' || birth === undefined || total.at === undefined) return false;
  const age = ageAt(birthDate, new Date(total.at.from));
  return age === undefined ? isAfter(birth, total.at) : age < YOUNGEST;
}

const statusIsReliable: Rule = {
  ...shared,
  id: 'news2-23',
  severity: always('information'),
  claim: 'A NEWS2 score or reading is final, amended or corrected.',
  *check(resource, context): Iterable<Finding> {
    const seen = news2Of(context).seen(resource);
    if (seen === undefined || !['registered', 'preliminary', 'unknown'].includes(String(resource.status)))
      return;
    if (!seen.isTotal && seen.scores.length === 0 && news2Of(context).groupsWith(resource).length === 0)
      return;
    yield {
      element: 'status',
      text: `With a status of ${String(resource.status)} this Observation was left out of the NEWS2 checks: they count only final, amended and corrected ones.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ total }) => {
      total.status = 'preliminary';
    }),
  },
};

const ABSENT_REASONS = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';

const scoreIsNotDeclaredAbsent: Rule = {
  ...shared,
  id: 'news2-25',
  severity: always('information'),
  code: 'incomplete',
  claim: 'A NEWS2 sub-score or reading has a value, not a dataAbsentReason.',
  *check(resource, context): Iterable<Finding> {
    const seen = news2Of(context).seen(resource);
    for (const { element, node } of seen === undefined ? [] : [...seen.scores, ...seen.readings]) {
      if (node.dataAbsentReason === undefined) continue;
      yield {
        element: element === '' ? 'dataAbsentReason' : `${element}.dataAbsentReason`,
        text: 'This has a dataAbsentReason instead of a value. The NEWS2 checks treated it as missing.',
      };
    }
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ readings }) => {
      const dataAbsentReason = { coding: [{ system: ABSENT_REASONS, code: 'not-performed' }] };
      readings.pulse.component = [{ code: coded('86290005', 'Respiratory rate'), dataAbsentReason }];
    }),
  },
};

export const news2SetRules: readonly Rule[] = [
  totalComesWithScoresAndReadings,
  totalDoesNotComeAlone,
  subscoresComeWithTheirTotal,
  setBelongsToOnePatient,
  setIsOfOneHour,
  totalIsThatOfItsReadings,
  isForAdults,
  statusIsReliable,
  scoreIsNotDeclaredAbsent,
];
