/** When an Observation was taken: said to the minute, within the stay, and possible (section 3.4.6, effective[x]). */
import {
  always,
  stricter,
  type EntryView,
  type Finding,
  type Rule,
  type RuleContext,
} from '../../definitions/rule';
import { isObject, type AnyResource, type Json } from '../../fhir/types';
import { resourcesOf, unchanged } from '../common/example';
import { onceFor } from '../common/once-for';
import { DAY_MS, HOUR_MS, isAfter, MINUTE_MS, spanOf, type Span } from '../common/span';
import { withNews2, type News2Set } from './news2-example';
import { news2Of } from './news2-group';

const EFFECTIVE = ['effectiveDateTime', 'effectiveInstant', 'effectivePeriod', 'effectiveTiming'] as const;

const timeIsGiven: Rule = {
  id: 'vw-obs-13',
  severity: stricter('warning', 'error'),
  code: 'required',
  guidance: '3.4.6 Observation.effectiveDateTime',
  claim: 'The effectiveDateTime says when the Observation was taken, with its time and zone.',
  *check(observation, context): Iterable<Finding> {
    const given = EFFECTIVE.find((name) => observation[name] !== undefined);
    if (given === undefined) {
      yield {
        element: 'effective',
        severity: always('error'),
        text: 'effectiveDateTime is missing. Send the date and time when the Observation was taken, with a time zone.',
      };
    } else if (given !== 'effectiveDateTime') {
      yield {
        element: given,
        severity: always('information'),
        code: 'informational',
        text: `The time was sent as ${given}. The server reads it, but the guidance asks for effectiveDateTime.`,
      };
    } else if (news2Of(context).seen(observation)?.at?.hasTime === false) {
      yield {
        element: given,
        code: 'value',
        text: 'effectiveDateTime has a date but no time. Send the time too, with a time zone.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ total, readings }) => {
      readings.pulse.effectiveDateTime = String(total.effectiveDateTime).slice(0, 10);
    }),
  },
};

/** Gives all Observations of the example another time, counted from the end of the stay. */
function takenAt(time: (endOfStay: number) => string) {
  return ({ summary }: News2Set): void => {
    const period = resourcesOf(summary, 'Encounter')[0]?.period;
    const at = time(spanOf(isObject(period) ? period.end : undefined)?.from ?? 0);
    for (const observation of resourcesOf(summary, 'Observation')) observation.effectiveDateTime = at;
  };
}

interface Stay {
  start: Span | undefined;
  end: Span | undefined;
}

const NO_STAY: Stay = { start: undefined, end: undefined };

/**
 * The stay, if the Bundle has exactly one with valid dates in order. It is read once, however many
 * Observations are compared with it.
 */
function stayOf(context: RuleContext): Stay {
  return context.once(stayOf, () => {
    const [encounter, ...others] = context.entriesOf('Encounter');
    const period = others.length === 0 ? encounter?.resource.period : undefined;
    const [start, end] = isObject(period) ? [spanOf(period.start), spanOf(period.end)] : [];
    const isRead = isObject(period) && isSound(period.start, start) && isSound(period.end, end);
    const isInOrder = isRead && (!start || !end || !isAfter(start, end));
    return isInOrder ? { start, end } : NO_STAY;
  });
}

/** A date that cannot be read has its own rule, so the Observations are not compared with it. */
function isSound(given: Json | undefined, read: Span | undefined): boolean {
  return (given === undefined) === (read === undefined);
}

function timeOf(observation: AnyResource, context: RuleContext): { at: Span; element: string } | undefined {
  const at = news2Of(context).seen(observation)?.at;
  const element = EFFECTIVE.find((name) => observation[name] !== undefined);
  return at === undefined || element === undefined ? undefined : { at, element };
}

const takenDuringTheStay: Rule = {
  id: 'vw-obs-14',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.6 Observation.effectiveDateTime',
  claim: 'The Observation was taken during the stay, or within a day of it.',
  *check(observation, context): Iterable<Finding> {
    const time = timeOf(observation, context);
    if (time === undefined) return;
    const { start, end } = stayOf(context);
    const isBefore = start !== undefined && isAfter(start, time.at, DAY_MS);
    const isLate = end !== undefined && isAfter(time.at, end, DAY_MS);
    if (!isBefore && !isLate) return;
    yield {
      element: time.element,
      text: `The Observation was taken more than a day ${isBefore ? 'before the stay began' : 'after the stay ended'}. Check its time and the period of the Encounter.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(takenAt(() => '2018-10-04T14:17:59+01:00')),
  },
};

function birthOf(observation: AnyResource, context: RuleContext, entry: EntryView): Span | undefined {
  if (!isObject(observation.subject)) return undefined;
  const resolution = context.resolve(observation.subject, entry, ['Patient']);
  if (resolution.outcome !== 'resolved') return undefined;
  const patient = resolution.entry.resource;
  return onceFor(context, birthOf, patient, () => spanOf(patient.birthDate));
}

const MOST_MINUTES_AHEAD = 5;

const takenInThePatientsLife: Rule = {
  id: 'vw-obs-15',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.6 Observation.effectiveDateTime',
  claim: 'The Observation was taken before it was received, and after the patient was born.',
  *check(observation, context, entry): Iterable<Finding> {
    const time = timeOf(observation, context);
    if (time === undefined) return;
    if (time.at.from > context.now.getTime() + MOST_MINUTES_AHEAD * MINUTE_MS) {
      yield {
        element: time.element,
        text: 'The time of the Observation is in the future. Check the clock of the device.',
      };
    }
    const birth = birthOf(observation, context, entry);
    if (birth !== undefined && isAfter(birth, time.at)) {
      yield {
        element: time.element,
        text: 'The time of the Observation is before the patient was born. Check the time and the birth date.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    // Within a day of the end of the stay, but after the moment at which examples are received.
    breaks: withNews2(takenAt((end) => new Date(end + 23 * HOUR_MS).toISOString())),
  },
};

export const timeRules: readonly Rule[] = [timeIsGiven, takenDuringTheStay, takenInThePatientsLife];
