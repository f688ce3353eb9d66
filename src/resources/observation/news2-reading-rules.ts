/**
 * The rules for a raw reading: its unit, whether its value is possible in a living adult, whether it is the reading that its
 * sub-score is scored from, and the oxygen saturation scale that its note names (NEWS2 page, sections 5 to 7; 3.4.6).
 * The limits are for data quality, not clinical. Warnings only.
 */
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { isNumber } from '../../fhir/decimal';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import {
  canonicalUnit,
  isMeasured,
  limits,
  looksLikeFahrenheit,
  plausibilityOf,
  printedUnitIsAnother,
  type Parameter,
  type Reading,
} from './news2/news2';
import { snomedCodesOf } from '../common/codings';
import { airOrOxygenOf } from './oxygen';
import { consciousnessOf, measurementOf } from './measurement';
import { coded, quantity, withNews2 } from './news2-example';
import { news2Of, type News2, type RawReading, type Seen } from './news2-group';
import { valueElementOf } from './score-value';

const shared = { severity: always('warning'), code: 'business-rule', guidance: '3.4.6 NEWS2' } as const;

function onReadings(check: (reading: RawReading, news2: News2) => Iterable<Finding>): Rule['check'] {
  return function* (resource: AnyResource, context: RuleContext): Iterable<Finding> {
    const news2 = news2Of(context);
    for (const reading of news2.seen(resource)?.readings ?? []) yield* check(reading, news2);
  };
}

function below(element: string, child: string): string {
  return element === '' ? child : `${element}.${child}`;
}

const numberHasAUnit: Rule = {
  ...shared,
  id: 'vw-obs-20',
  code: 'value',
  guidance: '3.4.6 Observation.value[x]',
  claim: 'A raw reading that is a number has a unit that the server knows for this measurement.',
  *check(resource, context): Iterable<Finding> {
    const seen = news2Of(context).seen(resource);
    const known = new Set<JsonObject>(seen?.readings.map(({ node }) => node));
    for (const reading of seen?.readings ?? []) yield* unitOf(reading);
    if (seen?.isTotal === true || (seen?.scores.length ?? 0) > 0 || known.has(resource)) return;
    const value = resource.valueQuantity;
    if (!isObject(value) || !isNumber(value.value) || value.unit !== undefined || value.code !== undefined)
      return;
    yield {
      element: 'valueQuantity',
      text: 'This number has no unit. Send unit, and its UCUM code with system http://unitsofmeasure.org.',
    };
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ readings }) => {
      readings.pulse.valueQuantity = { value: 95 };
    }),
  },
};

function* unitOf(raw: RawReading): Iterable<Finding> {
  const { reading, node, element } = raw;
  const value = node.valueQuantity;
  const isOxygen = reading === 'inspiredOxygen' && isObject(value);
  if (!isMeasured(reading) && !isOxygen) return;
  if (isObject(value) && isNumber(value.value)) {
    yield* unitOfQuantity(raw, value);
  } else if (isNumber(node.valueInteger)) {
    yield {
      element: below(element, 'valueInteger'),
      text: `A reading sent as valueInteger has no unit. Send a valueQuantity. ${sendUnit(reading)}`,
    };
  }
}

function* unitOfQuantity(raw: RawReading, value: JsonObject): Iterable<Finding> {
  const element = below(raw.element, 'valueQuantity');
  const measurement = measurementOf(raw);
  const { unit } = value;
  if (value.comparator !== undefined) {
    yield {
      element: below(element, 'comparator'),
      severity: always('information'),
      text: 'This reading has a comparator, so its NEWS2 score and its range were not checked. Send the value that was measured, if there is one.',
    };
  } else if (measurement === undefined) {
    const fault =
      unit === undefined && value.code === undefined
        ? 'no unit'
        : 'a unit that the server does not know for this measurement';
    yield {
      element,
      text: `This reading has ${fault}, so its range and its NEWS2 score were not checked. ${sendUnit(raw.reading)}`,
    };
  } else if (measurement.codeIsAnother) {
    yield {
      element: below(element, 'code'),
      text: `The server does not know this UCUM code for this measurement, and checked the value by the unit text beside it. Check which of the two is right. ${sendCode(measurement.sentIn)}`,
    };
  } else if (measurement.unitFromText) {
    yield {
      element,
      severity: always('information'),
      text: `The unit has no UCUM code. The server read it from its text. ${sendCode(measurement.sentIn)}`,
    };
  } else if (typeof unit === 'string' && printedUnitIsAnother(unit, measurement.sentIn)) {
    yield {
      element: below(element, 'unit'),
      text: 'The unit text and the UCUM code are different units, and readers see the unit text. Check the reading, and send the same unit in both.',
    };
  }
}

function sendUnit(reading: Reading): string {
  if (isMeasured(reading)) return sendCode(canonicalUnit(reading));
  return 'For an oxygen flow rate, send the UCUM code L/min. For an oxygen fraction, send %. Use the system http://unitsofmeasure.org.';
}

const sendCode = (ucum: string): string =>
  `Send unit, with the UCUM code ${ucum} and the system http://unitsofmeasure.org.`;

const readingIsPlausible: Rule = {
  ...shared,
  id: 'news2-22',
  code: 'value',
  claim: 'A raw reading is a value that is possible in a living adult.',
  *check(resource, context): Iterable<Finding> {
    const news2 = news2Of(context);
    const readings = news2.seen(resource)?.readings ?? [];
    for (const reading of readings) yield* plausibility(reading);
    yield* pressuresInOrder(readings, news2);
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ readings }) => {
      Object.assign(readings.temperature, quantity(98.6, 'Cel'));
    }),
  },
};

function* plausibility(raw: RawReading): Iterable<Finding> {
  const measurement = measurementOf(raw);
  const place = below(raw.element, valueElementOf(raw.node));
  if (consciousnessOf(raw)?.kind === 'other') {
    yield {
      element: place,
      text: 'This is not one of the five ACVPU concepts (Alert, Confusion, Voice, Pain, Unresponsive). Send one of them.',
    };
  }
  if (measurement === undefined) return;
  const { reading, value } = measurement;
  const is = plausibilityOf(reading, value);
  if (is === 'plausible') return;
  const { low, high } = limits(reading)[is === 'impossible' ? 'possible' : 'plausible'];
  const unit = canonicalUnit(reading);
  const limit = [low === undefined ? '' : `below ${low}`, high === undefined ? '' : `above ${high}`].filter(
    Boolean,
  );
  const hint =
    reading === 'temperature' && looksLikeFahrenheit(value)
      ? ' It is probably in Fahrenheit. Send the UCUM code [degF], or convert it.'
      : '';
  yield {
    element: place,
    text: `This reading is ${is}. A value ${limit.join(' or ')} ${unit} suggests a typing mistake or a faulty device. Check it.${hint}${is === 'impossible' ? ' It was left out of the NEWS2 checks.' : ''}`,
  };
}

/** Compares a systolic pressure with the diastolic of the same Observation, or of the one taken at the same time. */
function* pressuresInOrder(readings: readonly RawReading[], news2: News2): Iterable<Finding> {
  const systolic = readings.find(({ reading }) => reading === 'systolicBloodPressure');
  if (systolic === undefined) return;
  const diastolic =
    readings.find(({ reading }) => reading === 'diastolicBloodPressure') ??
    news2.takenWith(systolic, 'diastolicBloodPressure');
  const upper = measurementOf(systolic)?.value;
  const lower = diastolic && measurementOf(diastolic)?.value;
  if (upper === undefined || lower === undefined || upper > lower) return;
  yield {
    element: below(systolic.element, 'valueQuantity'),
    text: 'The systolic pressure is not higher than the diastolic pressure. Check that they were not swapped.',
  };
}

const SEND_AIR_OR_OXYGEN =
  'If the patient was on oxygen, send 371825009 (Patient on oxygen) with a flow above 0 L/min. If not, send 301282008 (Finding of respiration) with the value 722742002 (Breathing room air).';

const valueConfirmsAirOrOxygen: Rule = {
  ...shared,
  id: 'news2-26',
  code: 'value',
  claim: 'The value of an air or oxygen reading confirms what its code says.',
  check: onReadings(function* (raw) {
    const said = airOrOxygenOf(raw);
    if (said === undefined || said.isConfirmed) return;
    const name = said.onOxygen ? 'Patient on oxygen' : 'Breathing room air';
    const isAbsent = raw.node.dataAbsentReason !== undefined;
    yield {
      element: below(raw.element, isAbsent ? 'dataAbsentReason' : valueElementOf(raw.node)),
      text: isAbsent
        ? `The code says "${name}", but a dataAbsentReason says that this is not known. It was read as neither air nor oxygen. ${SEND_AIR_OR_OXYGEN} If it is not known, send 301282008 with the dataAbsentReason.`
        : `The code says "${name}", but the value does not confirm it. It was read as neither air nor oxygen. ${SEND_AIR_OR_OXYGEN}`,
    };
  }),
  examples: {
    keeps: withNews2(({ add }) => {
      add('371825009', quantity(2, 'L/min'));
    }),
    breaks: withNews2(({ add }) => {
      add('371825009', { valueBoolean: false });
    }),
  },
};

/** What each sub-score may be derived from. Where oxygen is concerned the guidance's own table names saturation. */
const RIGHT_READINGS: Readonly<Record<Parameter, readonly Reading[]>> = {
  respirationRate: ['respirationRate'],
  oxygenSaturation: ['oxygenSaturation', 'inspiredOxygen', 'oxygenFlow', 'oxygenFraction'],
  airOrOxygen: ['inspiredOxygen', 'oxygenFlow', 'oxygenFraction'],
  systolicBloodPressure: ['systolicBloodPressure', 'diastolicBloodPressure'],
  pulse: ['pulse'],
  consciousness: ['consciousness'],
  temperature: ['temperature'],
};

function measures({ readings }: Seen, wanted: Reading): boolean {
  return readings.some(({ reading }) => reading === wanted);
}

/** A blood pressure panel is right where it has its systolic component. */
function isRight(parameter: Parameter, target: Seen): boolean {
  if (measures(target, 'bloodPressurePanel')) {
    return parameter === 'systolicBloodPressure' && measures(target, 'systolicBloodPressure');
  }
  return RIGHT_READINGS[parameter].some((reading) => measures(target, reading));
}

const subscoreIsDerivedFromItsOwnReading: Rule = {
  ...shared,
  id: 'news2-13',
  claim: 'A NEWS2 sub-score is derived from the reading that it scores.',
  *check(resource, context): Iterable<Finding> {
    const seen = news2Of(context).seen(resource);
    const score = seen?.scores.find(({ element }) => element === '');
    if (seen === undefined || score === undefined) return;
    const { parameter, name } = score.subscore;
    for (const { kind, element, target } of seen.links) {
      const isJudged = target.readings.length > 0 || target.scores.length > 0 || target.isTotal;
      if (kind !== 'derivedFrom' || !isJudged || isRight(parameter, target)) continue;
      const tolerated = parameter === 'airOrOxygen' && measures(target, 'oxygenSaturation');
      yield {
        element,
        ...(tolerated && { severity: always('information') }),
        text: tolerated
          ? 'The air or oxygen sub-score is derived from an oxygen saturation, which does not say whether the patient was breathing air or oxygen. Refer to Breathing room air (722742002) or Patient on oxygen (371825009).'
          : `The ${name} sub-score (${score.subscore.code}) is derived from an Observation of another parameter. Refer to the reading of its own parameter.`,
      };
    }
  },
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ scores, readings }) => {
      scores.systolicBloodPressure.derivedFrom = [{ reference: `urn:uuid:${readings.pulse.id}` }];
    }),
  },
};

/** The code whose note the guidance wants to name the scale. */
const FINDING_OF_SATURATION = '447755005';

/** The scale that a note names, such as "scale 2" or "reading 1". It is only compared with the codes. */
function scaleInNotes(observation: AnyResource): { scale: number; words: string; index: number } | undefined {
  const notes = listOf<Json>(observation.note);
  for (const [index, note] of notes.entries()) {
    const text = isObject(note) && typeof note.text === 'string' ? note.text : '';
    const match = /\b(?:scale|reading)\s*([12])\b/i.exec(text);
    if (match) return { scale: Number(match[1]), words: match[0], index };
  }
  return undefined;
}

const isSaturationFinding = (observation: AnyResource): boolean =>
  snomedCodesOf(observation.code).includes(FINDING_OF_SATURATION);

const noteSaysWhichScale: Rule = {
  ...shared,
  id: 'vw-obs-22',
  severity: stricter('information', 'warning'),
  guidance: '3.4.6 Observation.note',
  claim: 'The note of a finding of oxygen saturation (447755005) says whether it is for SpO₂ scale 1 or 2.',
  *check(resource): Iterable<Finding> {
    if (!isSaturationFinding(resource) || scaleInNotes(resource) !== undefined) return;
    yield {
      element: 'note',
      text: 'The note does not say whether this reading is for SpO₂ scale 1 or 2. Send a note such as "scale 1".',
    };
  },
  examples: {
    keeps: withNews2(({ readings }) => {
      readings.oxygenSaturation.code = coded(FINDING_OF_SATURATION, 'Finding of oxygen saturation');
      readings.oxygenSaturation.note = [{ text: 'SpO2 scale 1' }];
    }),
    breaks: withNews2(({ readings }) => {
      readings.oxygenSaturation.code = coded(FINDING_OF_SATURATION, 'Finding of oxygen saturation');
    }),
  },
};

const noteAgreesWithTheScaleOfTheScore: Rule = {
  ...shared,
  id: 'news2-12',
  claim: 'The SpO₂ scale in a note is the scale of the matching sub-score.',
  check: onReadings(function* ({ observation, reading, element }, news2) {
    if (reading !== 'oxygenSaturation' || element !== '' || !isSaturationFinding(observation.resource))
      return;
    const said = scaleInNotes(observation.resource);
    const group = news2.homeOf(observation.resource);
    if (said === undefined || group === undefined) return;
    const scales = new Set(
      [...group.fromComponents, ...group.fromMembers].flatMap(({ subscore }) => subscore.scale ?? []),
    );
    const [scale] = scales;
    if (scales.size !== 1 || scale === said.scale) return;
    yield {
      element: `note[${said.index}].text`,
      text: `The note names a different SpO₂ scale from the sub-score, which is for scale ${scale}. Check which scale was used.`,
    };
  }),
  examples: {
    keeps: withNews2(),
    breaks: withNews2(({ readings }) => {
      readings.oxygenSaturation.code = coded(FINDING_OF_SATURATION, 'Finding of oxygen saturation');
      readings.oxygenSaturation.note = [{ text: 'Reading 2' }];
    }),
  },
};

export const news2ReadingRules: readonly Rule[] = [
  numberHasAUnit,
  readingIsPlausible,
  valueConfirmsAirOrOxygen,
  subscoreIsDerivedFromItsOwnReading,
  noteSaysWhichScale,
  noteAgreesWithTheScaleOfTheScore,
];
