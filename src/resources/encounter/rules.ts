/**
 * What must hold of an Encounter beyond its element table: one ended stay of this Bundle's patient, with dates that
 * make sense (section 3.4.4).
 */
import { SNOMED_CT } from '../../fhir/code-systems';
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { isObject, listOf, type AnyResource, type Json } from '../../fhir/types';
import { codingsOf } from '../common/codings';
import { changing, unchanged } from '../common/example';
import { referenceRules } from '../common/reference-rules';
import { DAY_MS, isAfter, spanOf } from '../common/span';
import { encounterReferences } from './references';
import { ukCoreRules } from './uk-core-rules';
import { whatCameWithTheStayIsRetractedToo } from './retracted-stay';

const NOT_ENDED: readonly unknown[] = ['planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'unknown'];

const statusSaysThatTheStayHasEnded: Rule = {
  id: 'vw-enc-06',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.4 Encounter.status',
  claim: 'The stay has ended, so its status is finished.',
  *check({ status }): Iterable<Finding> {
    if (NOT_ENDED.includes(status)) {
      yield {
        element: 'status',
        text: `A summary is sent when the stay has ended, but this status is ${String(status)}. Send finished, or send a correction when the stay has ended.`,
      };
    } else if (status === 'cancelled' || status === 'entered-in-error') {
      yield {
        element: 'status',
        text: `This stay is stored as ${status}, which means that it did not take place as described. If it did take place, send finished.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.status = 'in-progress';
    }),
  },
};

const ACT_CODES = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CLASSES: readonly unknown[] = [
  'AMB',
  'EMER',
  'FLD',
  'HH',
  'IMP',
  'ACUTE',
  'NONAC',
  'OBSENC',
  'PRENC',
  'SS',
  'VR',
];

const classIsAnActEncounterCode: Rule = {
  id: 'vw-enc-07',
  severity: always('information'),
  code: 'code-invalid',
  guidance: '3.4.4 Encounter.class',
  claim: 'The class is a Coding of v3-ActCode, such as HH (home health).',
  *check({ class: coding }): Iterable<Finding> {
    if (!isObject(coding)) return;
    if (coding.coding !== undefined) {
      yield {
        element: 'class',
        severity: always('error'),
        code: 'structure',
        text: 'Encounter.class is a Coding in R4, not a CodeableConcept. Put system, code and display directly in class, without coding.',
      };
    } else if (coding.system !== ACT_CODES || !CLASSES.includes(coding.code)) {
      yield {
        element: 'class',
        text: `This class is not one of the encounter codes of ${ACT_CODES}. Send HH (home health) for a virtual ward.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.class = { system: 'https://example.org/classes', code: 'virtual-ward' };
    }),
  },
};

const typeIsSnomed: Rule = {
  id: 'vw-enc-08',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.4 Encounter.type',
  claim: 'The type is coded in SNOMED CT where possible.',
  *check({ type }): Iterable<Finding> {
    const types = listOf<Json>(type);
    if (types.length === 0 || types.some((one) => codingsOf(one).some(({ system }) => system === SNOMED_CT)))
      return;
    yield {
      element: 'type',
      text: 'The type has no SNOMED CT code. Send one if one fits, for example 270420001 (Seen in own home).',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.type = [{ text: 'Virtual ward' }];
    }),
  },
};

const aFinishedStayHasAnEnd: Rule = {
  id: 'vw-enc-13',
  severity: stricter('warning', 'error'),
  code: 'required',
  guidance: '3.4.4 Encounter.period.end',
  claim: 'The period has an end, at least when the status is finished.',
  *check({ period, status }): Iterable<Finding> {
    if (!isObject(period) || period.end !== undefined) return;
    yield status === 'finished'
      ? {
          element: 'period.end',
          severity: always('error'),
          text: 'The stay is finished but has no end. Send period.end.',
        }
      : {
          element: 'period.end',
          text: 'The stay has no end. When it has ended, send period.end and the status finished.',
        };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      if (isObject(encounter.period)) delete encounter.period.end;
    }),
  },
};

const periodDoesNotEndBeforeItStarts: Rule = {
  id: 'vw-enc-14',
  severity: always('error'),
  code: 'invariant',
  guidance: '3.4.4 Encounter.period',
  claim: 'The stay does not end before it starts.',
  *check(encounter): Iterable<Finding> {
    const { start, end } = stayOf(encounter);
    if (!start || !end || !isAfter(start, end)) return;
    yield {
      element: 'period',
      text: 'The stay ends before it starts. Send a period.start that is not after period.end.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      if (isObject(encounter.period)) {
        encounter.period = { start: encounter.period.end, end: encounter.period.start };
      }
    }),
  },
};

function stayOf({ period }: AnyResource) {
  return isObject(period) ? { start: spanOf(period.start), end: spanOf(period.end) } : {};
}

const LONGEST_STAY_DAYS = 365;

const stayIsPlausible: Rule = {
  id: 'vw-enc-15',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.4 Encounter.period',
  claim:
    'The stay is not in the future, lasts no longer than a year, and does not start before the patient was born.',
  *check(encounter, context, entry): Iterable<Finding> {
    const { start, end } = stayOf(encounter);
    const now = context.now.getTime();
    if (end && end.from > now + DAY_MS) {
      yield { element: 'period.end', text: 'The stay ends more than a day in the future. Check period.end.' };
    }
    if (start && end && end.from - start.until > LONGEST_STAY_DAYS * DAY_MS) {
      yield {
        element: 'period',
        text: `The stay lasts more than ${LONGEST_STAY_DAYS} days. Check period.start and period.end.`,
      };
    }
    const birth = birthOf(encounter, context, entry);
    if (start && birth && isAfter(birth, start)) {
      yield {
        element: 'period.start',
        text: 'The stay starts before the patient was born. Check period.start and the birth date.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      if (isObject(encounter.period)) encounter.period = { ...encounter.period, end: '2999-01-01T09:00:00Z' };
    }),
  },
};

function birthOf(encounter: AnyResource, context: RuleContext, entry: Parameters<Rule['check']>[2]) {
  if (!isObject(encounter.subject)) return undefined;
  const patient = context.resolve(encounter.subject, entry, ['Patient']);
  return patient.outcome === 'resolved' ? spanOf(patient.entry.resource.birthDate) : undefined;
}

export const rules: readonly Rule[] = [
  statusSaysThatTheStayHasEnded,
  whatCameWithTheStayIsRetractedToo,
  classIsAnActEncounterCode,
  typeIsSnomed,
  aFinishedStayHasAnEnd,
  periodDoesNotEndBeforeItStarts,
  stayIsPlausible,
  ...encounterReferences.flatMap(referenceRules),
  ...ukCoreRules,
];
