/**
 * NEWS2: the chart as data. Which parameters are scored, which codes name their scores, which scores are legal, and
 * what a reading scores. Facts only: this file does not check submissions and gives no clinical advice.
 * NEWS2 © Royal College of Physicians 2017.
 * @see https://www.rcp.ac.uk/resources/national-early-warning-score-news-2/
 */
import type { Acvpu } from './readings';

export * from './readings';
export * from './units';

/** The seven inputs of the total. The two oxygen saturation scales are one input: exactly one of them applies. */
export type Parameter =
  | 'respirationRate'
  | 'oxygenSaturation'
  | 'airOrOxygen'
  | 'systolicBloodPressure'
  | 'pulse'
  | 'consciousness'
  | 'temperature';

/** The parameters that are scored from a number. */
export type BandedParameter = Exclude<Parameter, 'airOrOxygen' | 'consciousness'>;

export const isBanded = (parameter: Parameter): parameter is BandedParameter =>
  parameter !== 'airOrOxygen' && parameter !== 'consciousness';

/** Scale 2 is for hypercapnic respiratory failure with a target of 88–92 %, decided by a clinician; otherwise 1. */
export type OxygenScale = 1 | 2;

export const PARAMETERS: readonly Parameter[] = [
  'respirationRate',
  'oxygenSaturation',
  'airOrOxygen',
  'systolicBloodPressure',
  'pulse',
  'consciousness',
  'temperature',
];

export const TOTAL_CODE = '1104051000000101';
export const TOTAL_DISPLAY = 'Royal College of Physicians NEWS2 (National Early Warning Score 2) total score';
export const MINIMUM_TOTAL = 0;
export const MAXIMUM_TOTAL = 20;

/** What a sub-score's code says: the parameter it scores, and for oxygen saturation by which scale. */
export interface Subscore {
  code: string;
  parameter: Parameter;
  scale?: OxygenScale;
  /** In words, such as `oxygen saturation scale 1`. */
  name: string;
}

export const SUBSCORES: readonly Subscore[] = [
  { code: '1104301000000104', parameter: 'respirationRate', name: 'respiration rate' },
  { code: '1104311000000102', parameter: 'oxygenSaturation', scale: 1, name: 'oxygen saturation scale 1' },
  { code: '1104321000000108', parameter: 'oxygenSaturation', scale: 2, name: 'oxygen saturation scale 2' },
  { code: '1104331000000105', parameter: 'airOrOxygen', name: 'air or oxygen' },
  { code: '1104341000000101', parameter: 'systolicBloodPressure', name: 'systolic blood pressure' },
  { code: '1104351000000103', parameter: 'pulse', name: 'pulse' },
  { code: '1104361000000100', parameter: 'consciousness', name: 'consciousness' },
  { code: '1104371000000107', parameter: 'temperature', name: 'temperature' },
];

const subscoreByCode = new Map(SUBSCORES.map((subscore) => [subscore.code, subscore]));

/** The codes of the score for children (NPEWS), so that the rules do not treat it as NEWS2. */
const PAEDIATRIC_CODES: ReadonlySet<string> = new Set([
  '1363261000000104',
  '1363271000000106',
  '1363311000000106',
  '1363321000000100',
  '1363331000000103',
  '1363291000000105',
  '1363341000000107',
  '1363351000000105',
  '1363361000000108',
  '1363301000000109',
  '1364081000000103',
  '1364121000000100',
  '1364131000000103',
  '1364091000000101',
]);

/** True of the SNOMED CT code of the NEWS2 total. */
export function isTotalCode(code: string): boolean {
  return code === TOTAL_CODE;
}

/** What a SNOMED CT code scores, where it is the code of a NEWS2 sub-score. */
export function subscoreParameter(code: string): Subscore | undefined {
  return subscoreByCode.get(code);
}

/** The sub-score's row for a parameter; for oxygen saturation, of the scale given. */
export function subscoreOf(parameter: Parameter, scale: OxygenScale = 1): Subscore {
  const found = SUBSCORES.find(
    (subscore) => subscore.parameter === parameter && (subscore.scale ?? scale) === scale,
  );
  if (!found) throw new Error(`NEWS2 has no sub-score for ${parameter}`);
  return found;
}

/** True of a SNOMED CT code of the paediatric score. */
export function isPaediatricCode(code: string): boolean {
  return PAEDIATRIC_CODES.has(code);
}

const LEGAL_SUBSCORES: Readonly<Record<Parameter, readonly number[]>> = {
  respirationRate: [0, 1, 2, 3],
  oxygenSaturation: [0, 1, 2, 3],
  airOrOxygen: [0, 2],
  systolicBloodPressure: [0, 1, 2, 3],
  pulse: [0, 1, 2, 3],
  consciousness: [0, 3],
  temperature: [0, 1, 2, 3],
};

/** The scores that the chart can give a parameter, lowest first. */
export function legalSubscores(parameter: Parameter): readonly number[] {
  return LEGAL_SUBSCORES[parameter];
}

/** The other facts that a score depends on: the saturation scale, and whether the patient is on oxygen. */
export interface Circumstances {
  /** 1 unless given. */
  scale?: OxygenScale;
  /** Unknown where absent. */
  onOxygen?: boolean;
}

/** Readings up to and including the first number score the second. The last band has no upper end. */
type Bands = readonly (readonly [upTo: number, score: number])[];

const ABOVE = Infinity;
const BANDS: Readonly<Record<Exclude<BandedParameter, 'oxygenSaturation'>, Bands>> = {
  respirationRate: [[8, 3], [11, 1], [20, 0], [24, 2], [ABOVE, 3]],
  systolicBloodPressure: [[90, 3], [100, 2], [110, 1], [219, 0], [ABOVE, 3]],
  pulse: [[40, 3], [50, 1], [90, 0], [110, 1], [130, 2], [ABOVE, 3]],
  temperature: [[35.0, 3], [36.0, 1], [38.0, 0], [39.0, 1], [ABOVE, 2]],
}; // prettier-ignore

const SATURATION_SCALE_1: Bands = [[91, 3], [93, 2], [95, 1], [ABOVE, 0]]; // prettier-ignore
const SATURATION_SCALE_2_AIR: Bands = [[83, 3], [85, 2], [87, 1], [ABOVE, 0]]; // prettier-ignore
const SATURATION_SCALE_2_OXYGEN: Bands = [[83, 3], [85, 2], [87, 1], [92, 0], [94, 1], [96, 2], [ABOVE, 3]]; // prettier-ignore
/** Above this, scale 2 needs to know whether the patient is on oxygen. */
const SCALE_2_TARGET_END = 92;

/**
 * What a reading scores, after rounding as the chart is printed (temperature to a tenth, all else to a whole number,
 * half up). `undefined` where the chart cannot say: scale 2 above 92 % without knowing whether on oxygen.
 */
export function scoreOf(
  parameter: BandedParameter,
  value: number,
  circumstances: Circumstances = {},
): number | undefined {
  return bandScore(parameter, chartStep(parameter, value), circumstances);
}

/**
 * Every score that a reading may rightly have been given: of both neighbouring bands where it lies between two
 * printed ones (36.05 °C, 91.5 %), otherwise of its own. `undefined` as for `scoreOf`.
 */
export function acceptedScores(
  parameter: BandedParameter,
  value: number,
  circumstances: Circumstances = {},
): ReadonlySet<number> | undefined {
  const steps = inSteps(parameter, value);
  const below = bandScore(parameter, Math.floor(steps), circumstances);
  const above = bandScore(parameter, Math.ceil(steps), circumstances);
  return below === undefined || above === undefined ? undefined : new Set([below, above]);
}

/** Consciousness: Alert scores 0, all else 3. */
export function consciousnessScore(level: Acvpu): number {
  return level === 'A' ? 0 : 3;
}

export function airOrOxygenScore(onOxygen: boolean): number {
  return onOxygen ? 2 : 0;
}

/** The step of the chart that a reading belongs to, rounded half up: tenths of a degree, whole numbers otherwise. */
export function chartStep(parameter: BandedParameter, value: number): number {
  return Math.floor(inSteps(parameter, value) + 0.5);
}

/** The reading in the chart's own steps: tenths of a degree, whole numbers otherwise; free of floating-point dust. */
function inSteps(parameter: BandedParameter, value: number): number {
  const steps = parameter === 'temperature' ? value * 10 : value;
  return Math.round(steps * 1e6) / 1e6;
}

function bandScore(
  parameter: BandedParameter,
  steps: number,
  circumstances: Circumstances,
): number | undefined {
  if (parameter === 'temperature') return within(BANDS.temperature, steps, 10);
  if (parameter !== 'oxygenSaturation') return within(BANDS[parameter], steps);
  if (circumstances.scale !== 2) return within(SATURATION_SCALE_1, steps);
  if (circumstances.onOxygen === undefined && steps > SCALE_2_TARGET_END) return undefined;
  return within(circumstances.onOxygen ? SATURATION_SCALE_2_OXYGEN : SATURATION_SCALE_2_AIR, steps);
}

/** Compares in whole steps, so that a band's end in tenths (38.0) is exact. */
function within(bands: Bands, steps: number, stepsPerUnit = 1): number | undefined {
  return bands.find(([upTo]) => steps <= upTo * stepsPerUnit)?.[1];
}
