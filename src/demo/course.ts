/**
 * How an illness runs: the NEWS2 sets of a stay. Each reading is drawn around what a body of that severity would
 * show; each score is what the printed chart gives that reading, so that readings and scores always agree.
 * NEWS2 © Royal College of Physicians 2017.
 */
import {
  airOrOxygenScore,
  consciousnessScore,
  PARAMETERS,
  scoreOf,
  type Acvpu,
  type BandedParameter,
  type OxygenScale,
  type Parameter,
} from '../resources/observation/news2/news2';
import type { Condition } from './conditions';
import type { Random } from './random';

/** `oxygen`: on oxygen at home, saturation scored by scale 2. */
export type Trajectory = 'recovering' | 'relapsing' | 'oxygen';

export interface Readings {
  respirationRate: number;
  oxygenSaturation: number;
  onOxygen: boolean;
  /** Litres a minute; 0 on air. */
  oxygenFlow: number;
  systolicBloodPressure: number;
  diastolicBloodPressure: number;
  pulse: number;
  consciousness: Acvpu;
  temperature: number;
}

export interface NewsSet {
  at: Date;
  readings: Readings;
  scores: Readonly<Record<Parameter, number>>;
  total: number;
}

export interface Course {
  condition: Condition;
  trajectory: Trajectory;
  scale: OxygenScale;
}

/** The NEWS2 sets taken at these times, from the first to the last. */
export function courseOf(course: Course, times: readonly Date[], age: number, random: Random): NewsSet[] {
  const body: Body = {
    systolic: random.integer(116, 148),
    pulse: random.integer(64, 82),
    relapseAt: 0.35 + random.next() * 0.3,
    confusable: age > 75 && random.chance(0.3),
    // Some stay on their oxygen to the end, as they have it at home for good.
    weanedAt: random.chance(0.5) ? 2 : 0.4 + random.next() * 0.4,
  };
  const first = times[0]?.getTime() ?? 0;
  const length = Math.max(1, (times[times.length - 1]?.getTime() ?? 0) - first);
  return times.map((at) => {
    const passed = (at.getTime() - first) / length;
    const readings = readingsOf(course, body, severityAt(course.trajectory, passed, body), passed, random);
    const scores = scoresOf(readings, course.scale);
    return { at, readings, scores, total: PARAMETERS.reduce((sum, parameter) => sum + scores[parameter], 0) };
  });
}

/** What is this patient's own. */
interface Body {
  systolic: number;
  pulse: number;
  relapseAt: number;
  confusable: boolean;
  /** The part of the stay after which oxygen is no longer given. */
  weanedAt: number;
}

/** How ill, from 0 to about 1, when a part of the stay (0 to 1) has passed. */
function severityAt(trajectory: Trajectory, passed: number, body: Body): number {
  const healing = Math.pow(1 - passed, 1.1);
  if (trajectory === 'oxygen') return 0.15 + 0.6 * healing;
  if (trajectory === 'recovering') return 0.8 * healing;
  return 0.6 * healing + 0.72 * Math.exp(-Math.pow((passed - body.relapseAt) / 0.14, 2));
}

function readingsOf(
  { condition, trajectory, scale }: Course,
  body: Body,
  severity: number,
  passed: number,
  random: Random,
): Readings {
  const { breath, fever, circulation } = condition;
  const onOxygen = trajectory === 'oxygen' ? passed < body.weanedAt : breath * severity > 0.72;
  const saturation =
    scale === 2
      ? random.normal(90.6 - 2.5 * severity + (onOxygen ? 1 : 0), 1.1)
      : random.normal(97.2 - 5.8 * severity * breath + (onOxygen ? 1.5 : 0), 0.7);
  const systolic = between(82, 196, random.normal(body.systolic - 28 * severity * circulation, 6));
  return {
    respirationRate: between(9, 36, random.normal(14.5 + 11 * severity * breath, 1.1)),
    oxygenSaturation: between(82, 100, saturation),
    onOxygen,
    oxygenFlow: onOxygen ? (severity > 0.45 ? 2 : 1) : 0,
    systolicBloodPressure: systolic,
    diastolicBloodPressure: between(44, 104, random.normal(systolic * 0.58, 4)),
    pulse: between(46, 148, random.normal(body.pulse + 38 * severity, 4)),
    consciousness: body.confusable && severity > 0.65 && random.chance(0.25) ? 'C' : 'A',
    temperature: between(355, 402, random.normal(366 + 21 * severity * fever, 2)) / 10,
  };
}

function between(low: number, high: number, value: number): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}

/** What the chart gives a set of readings. */
export function scoresOf(readings: Readings, scale: OxygenScale): Record<Parameter, number> {
  const { onOxygen } = readings;
  const banded = (parameter: BandedParameter): number => {
    const score = scoreOf(parameter, readings[parameter], { scale, onOxygen });
    if (score === undefined) throw new Error(`the chart cannot score ${parameter}`);
    return score;
  };
  return {
    respirationRate: banded('respirationRate'),
    oxygenSaturation: banded('oxygenSaturation'),
    airOrOxygen: airOrOxygenScore(onOxygen),
    systolicBloodPressure: banded('systolicBloodPressure'),
    pulse: banded('pulse'),
    consciousness: consciousnessScore(readings.consciousness),
    temperature: banded('temperature'),
  };
}
