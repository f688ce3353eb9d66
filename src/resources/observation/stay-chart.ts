/**
 * The NEWS2 chart of a stay: what each Observation says for it, in the guidance's model and in UK Core's. Scores are the
 * sender's; nothing is computed from readings. NEWS2 © Royal College of Physicians 2017.
 */
import { append } from '../../fhir/long-lists';
import type {
  Charted,
  ChartedReading,
  ChartedScore,
  ChartParameter,
  ChartRow,
  OxygenScale,
  StayChart,
  SumCheck,
} from '../../definitions/stay-chart';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { isNumber, numberText } from '../../fhir/decimal';
import { codingsOf, snomedCodesOf } from '../common/codings';
import { consciousnessOf, measurementOf } from './measurement';
import { isReliable } from './news2-group';
import { NOT_THE_SUM } from './news2-total-rules';
import { isOfAnother } from './of-others';
import { airOrOxygenOf } from './oxygen';
import {
  airOrOxygenScore,
  chartStep,
  consciousnessScore,
  isBanded,
  isTotalCode,
  legalSubscores,
  MAXIMUM_TOTAL,
  MINIMUM_TOTAL,
  parameterOfCode,
  PARAMETERS,
  subscoreParameter,
  type Acvpu,
  type Parameter,
  type Reading,
} from './news2/news2';
import { printedRows } from './news2/chart-rows';

const NAMES: Readonly<Record<Parameter, { name: string; unit: string }>> = {
  respirationRate: { name: 'Respiration rate', unit: '/min' },
  oxygenSaturation: { name: 'Oxygen saturation', unit: '%' },
  airOrOxygen: { name: 'Air or oxygen', unit: '' },
  systolicBloodPressure: { name: 'Systolic blood pressure', unit: 'mmHg' },
  pulse: { name: 'Pulse', unit: '/min' },
  consciousness: { name: 'Consciousness', unit: '' },
  temperature: { name: 'Temperature', unit: '°C' },
};

const LEVELS: Readonly<Record<Acvpu, string>> = {
  A: 'Alert',
  C: 'New confusion',
  V: 'Responds to voice',
  P: 'Responds to pain',
  U: 'Unresponsive',
};
const LEVEL_ROWS: readonly ChartRow[] = (Object.keys(LEVELS) as Acvpu[]).map((level) => ({
  label: LEVELS[level],
  score: consciousnessScore(level),
}));

const AIR = 'Air';
const OXYGEN = 'Oxygen';
/** How the codes are called that name one of the two. */
const CODED_AS = { air: 'Breathing room air', oxygen: 'Patient on oxygen' } as const;
const OXYGEN_ROWS: readonly ChartRow[] = [
  { label: AIR, score: airOrOxygenScore(false) },
  { label: OXYGEN, score: airOrOxygenScore(true) },
];

/** The parameter that a kind of reading is scored as. */
const SCORED_AS: Readonly<Partial<Record<Reading, Parameter>>> = {
  respirationRate: 'respirationRate',
  oxygenSaturation: 'oxygenSaturation',
  inspiredOxygen: 'airOrOxygen',
  oxygenFlow: 'airOrOxygen',
  oxygenFraction: 'airOrOxygen',
  systolicBloodPressure: 'systolicBloodPressure',
  pulse: 'pulse',
  consciousness: 'consciousness',
  temperature: 'temperature',
};

function rowsOf(parameter: Parameter, scale: OxygenScale): readonly ChartRow[] {
  if (isBanded(parameter)) {
    const perUnit = parameter === 'temperature' ? 10 : 1;
    return [...printedRows(parameter, scale)].reverse().map(({ label, score, upTo, onOxygen }) => ({
      ...{ label, score },
      ...(upTo === Infinity || onOxygen !== undefined ? {} : { end: (upTo + 0.5) / perUnit }),
    }));
  }
  return parameter === 'consciousness' ? LEVEL_ROWS : OXYGEN_ROWS;
}

function parameters(scale: OxygenScale): ChartParameter[] {
  return PARAMETERS.map((key) => ({ key, ...NAMES[key], rows: rowsOf(key, scale) }));
}

/** A total, a score or a reading that is an Observation or one of its components. */
function read(resource: AnyResource): Charted {
  if (isOfAnother(resource)) return { isOfAnother: true, scores: [], readings: [] };
  const scores: ChartedScore[] = [];
  const readings: ChartedReading[] = [];
  let total: string | undefined;
  const nodes: JsonObject[] = [resource, ...listOf<Json>(resource.component).filter(isObject)];
  for (const node of nodes) {
    const codes = snomedCodesOf(node.code);
    const subscore = codes.map(subscoreParameter).find((each) => each !== undefined);
    if (codes.some(isTotalCode)) total = scoreText(node);
    else if (subscore)
      scores.push({
        parameter: subscore.parameter,
        ...(subscore.scale === undefined ? {} : { scale: subscore.scale }),
        score: scoreText(node),
      });
    else append(readings, readingsOf(node));
  }
  return { ...(total === undefined ? {} : { total }), scores, readings };
}

/** The value of a score as it was sent. */
function scoreText({ valueInteger, valueQuantity, valueString }: JsonObject): string {
  const quantity: JsonObject = isObject(valueQuantity) ? valueQuantity : {};
  const value = valueInteger ?? quantity.value ?? valueString;
  const isExact = valueInteger !== undefined || typeof quantity.comparator !== 'string';
  if (isNumber(value))
    return isExact ? numberText(value) : `${String(quantity.comparator)} ${numberText(value)}`;
  return typeof value === 'string' ? value : 'not sent';
}

function readingsOf(node: JsonObject): ChartedReading[] {
  const reading = codingsOf(node.code)
    .map(({ system, code }) => parameterOfCode(String(system), String(code)))
    .find((each) => each !== undefined);
  if (reading === undefined || reading === 'bloodPressurePanel') return [];
  const raw = { node, reading };
  const parameter = SCORED_AS[reading];
  const said = airOrOxygenOf(raw);
  const onOxygen = said?.isConfirmed === true ? said.onOxygen : undefined;
  const measured = measurementOf(raw);
  const base = {
    ...(parameter === undefined ? {} : { parameter }),
    ...(onOxygen === undefined ? {} : { onOxygen }),
    ...(measured === undefined ? {} : { unit: measured.sentIn }),
  };
  if (parameter === 'consciousness') {
    const level = consciousnessOf(raw);
    return [level?.kind === 'level' ? { ...base, words: LEVELS[level.level] } : base];
  }
  if (parameter === 'airOrOxygen') {
    if (said?.isConfirmed === false) return [{ ...base, sentAs: CODED_AS[said.onOxygen ? 'oxygen' : 'air'] }];
    if (onOxygen === undefined) return [base];
    return [{ ...base, words: onOxygen ? OXYGEN : AIR }];
  }
  return [measured?.isPossible === true ? { ...base, value: measured.value } : base];
}

function rowOf(
  { parameter, value, words }: ChartedReading,
  scale: OxygenScale,
  onOxygen: boolean | undefined,
): number | undefined {
  const known = PARAMETERS.find((each) => each === parameter);
  if (known === undefined) return undefined;
  if (!isBanded(known)) {
    const index = rowsOf(known, scale).findIndex(({ label }) => label === words);
    return index < 0 ? undefined : index;
  }
  if (value === undefined) return undefined;
  const steps = chartStep(known, value);
  const rows = printedRows(known, scale);
  const index = rows.findIndex(
    (row) => steps <= row.upTo && (row.onOxygen === undefined || row.onOxygen === onOxygen),
  );
  return index < 0 ? undefined : rows.length - 1 - index;
}

function sumCheck(resources: readonly AnyResource[]): SumCheck | undefined {
  const charted = resources.filter(isReliable).map(read);
  const [total, ...others] = charted.flatMap((each) => (each.total === undefined ? [] : [each.total]));
  const scores = charted.flatMap((each) => each.scores);
  const sent = wholeOf(total);
  const isWhole = scores.length === PARAMETERS.length && others.length === 0;
  if (!isWhole || sent === undefined || sent < MINIMUM_TOTAL || sent > MAXIMUM_TOTAL) return undefined;
  let sum = 0;
  for (const parameter of PARAMETERS) {
    const value = wholeOf(scores.find((each) => each.parameter === parameter)?.score);
    if (value === undefined || !legalSubscores(parameter).includes(value)) return undefined;
    sum += value;
  }
  return { text: NOT_THE_SUM, holds: sum === sent };
}

const wholeOf = (score: string | undefined): number | undefined =>
  score !== undefined && /^\d{1,2}$/.test(score) ? Number(score) : undefined;

export const stayChart: StayChart = { parameters, read, rowOf, sumCheck };
