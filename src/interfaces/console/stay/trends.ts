/** The course of each reading over a stay, as positions for a drawing: points, lines with gaps, and bands of scores. */
import type { OxygenScale, StayChart } from '../../../definitions/stay-chart';
import { isNumber, toNumber } from '../../../fhir/decimal';
import { isObject, listOf, type Json, type JsonObject } from '../../../fhir/types';
import { elementInWords } from '../../../use-cases/reading/narrative';
import { momentText, shortDate, sortableMoment } from '../present/moments';
import { quantityText, unitText } from '../present/values';
import type { HeldResource } from './load-stay';
import { NOT_CHARTED, whenOf, type News2Set } from './news2-sets';

export interface Trend {
  name: string;
  /** The text that stands for the drawing. */
  label: string;
  latest: string;
  points: readonly { x: number; y: number }[];
  /** Each a run of points without a gap, as `x,y x,y`. */
  lines: readonly string[];
  bands: readonly { y: number; height: number; risk: string }[];
  ticks: readonly { y: number; text: string }[];
  days: readonly { x: number; text: string }[];
}

export const TREND = { width: 440, height: 170, left: 44, right: 10, top: 10, bottom: 24 } as const;
const DAY = 86_400_000;

interface Reading {
  at: number;
  value: number;
  text: string;
}

interface Course {
  /** The ends of the bands of the NEWS2 chart, with what they score; from the lowest. */
  thresholds?: readonly { end: number; score: number }[];
  name: string;
  unit: string;
  readings: Reading[];
}

/** The total over the stay, then each reading that was taken more than once, in the order of the chart. */
export function trendsOf(
  sets: readonly News2Set[],
  observations: readonly HeldResource[],
  chart: StayChart,
): Trend[] {
  const totals: Course = {
    name: 'NEWS2 total',
    unit: '',
    readings: sets.flatMap(({ at, total }) => {
      const value = Number(total);
      return total !== undefined && Number.isFinite(value) ? [{ at: at.getTime(), value, text: total }] : [];
    }),
  };
  const scale = sets.at(-1)?.scale ?? 1;
  const courses = [...coursesOf(observations, chart, scale).values()].filter(
    ({ readings }) => readings.length > 1,
  );
  return [...(totals.readings.length > 1 ? [totals] : []), ...courses].map((course) => drawn(course));
}

/** The readings that are numbers, by what they measure and in which unit. */
function coursesOf(
  observations: readonly HeldResource[],
  chart: StayChart,
  scale: OxygenScale,
): Map<string, Course> {
  const parameters = chart.parameters(scale);
  const names = new Map(parameters.map(({ key, name }) => [key, name]));
  const courses = new Map<string, Course>(
    parameters.map(({ key, name, rows }) => {
      const ends = rows.map(({ end = Infinity, score }) => ({ end, score })).reverse();
      // The rows of scale 2 above its target depend on oxygen, so that no threshold holds there.
      const known = ends.filter(({ end }, index) => end !== Infinity || index === ends.length - 1);
      return [
        key,
        {
          name,
          unit: '',
          readings: [],
          thresholds: scale === 2 && key === 'oxygenSaturation' ? known.slice(0, -1) : known,
        },
      ];
    }),
  );
  for (const { resource } of observations) {
    if (NOT_CHARTED.includes(String(resource.status))) continue;
    const at = sortableMoment(whenOf(resource));
    if (at === 0) continue;
    const charted = chart.read(resource);
    if (charted.total !== undefined || charted.scores.length > 0) continue;
    for (const node of [resource as JsonObject, ...listOf<Json>(resource.component).filter(isObject)]) {
      const quantity = node.valueQuantity;
      if (!isObject(quantity) || !isNumber(quantity.value) || quantity.comparator !== undefined) continue;
      const unit = unitText(quantity.unit, quantity.code);
      const { readings } =
        node === resource ? charted : chart.read({ resourceType: resource.resourceType, ...node });
      const known = readings[0]?.parameter;
      const name = (known !== undefined && names.get(known)) || elementInWords(node.code) || 'Reading';
      const key = known ?? `${name} ${unit}`;
      const course = courses.get(key) ?? { name, unit, readings: [] };
      course.unit ||= unit;
      // Readings of another unit would not fit on one axis: the table has them.
      if (course.unit === unit)
        course.readings.push({ at, value: toNumber(quantity.value), text: quantityText(quantity) });
      courses.set(key, course);
    }
  }
  return courses;
}

function drawn({ name, unit, readings: given, thresholds = [] }: Course): Trend {
  const readings = [...given].sort((one, other) => one.at - other.at);
  const values = readings.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = niceSteps(
    name === 'NEWS2 total' ? 0 : low,
    name === 'NEWS2 total' ? Math.max(high, 8) : high,
  );
  const [bottom, top] = [steps[0]!, steps.at(-1)!];
  const [from, until] = [readings[0]!.at, readings.at(-1)!.at];
  const plot = {
    width: TREND.width - TREND.left - TREND.right,
    height: TREND.height - TREND.top - TREND.bottom,
  };
  const x = (at: number): number =>
    round(TREND.left + (until === from ? plot.width / 2 : ((at - from) / (until - from)) * plot.width));
  const y = (value: number): number =>
    round(TREND.top + (1 - (value - bottom) / (top - bottom)) * plot.height);
  const texts = { low: textOf(readings, low), high: textOf(readings, high), latest: readings.at(-1)!.text };
  return {
    name: unit === '' ? name : `${name} (${unit})`,
    label: `${name}: ${readings.length} readings from ${momentText(new Date(from))} to ${momentText(new Date(until))}. Lowest ${texts.low}, highest ${texts.high}, latest ${texts.latest}.`,
    latest: texts.latest,
    points: readings.map(({ at, value }) => ({ x: x(at), y: y(value) })),
    lines: runsOf(readings).map((run) => run.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')),
    bands: name === 'NEWS2 total' ? riskBands(y, bottom, top) : scoreBands(thresholds, y, bottom, top),
    ticks: steps.map((value) => ({ y: y(value), text: String(value) })),
    days: daysOf(from, until).map((at) => ({ x: x(at), text: shortDate(new Date(at)) })),
  };
}

const textOf = (readings: readonly Reading[], value: number): string =>
  readings.find((each) => each.value === value)?.text ?? String(value);

const round = (value: number): number => Math.round(value * 10) / 10;

/** The bands of clinical risk, from below each first score, so that no point is on a border. */
function riskBands(y: (value: number) => number, bottom: number, top: number): Trend['bands'] {
  return [
    { risk: 'low', from: bottom, to: 4.5 },
    { risk: 'medium', from: 4.5, to: 6.5 },
    { risk: 'high', from: 6.5, to: top },
  ].map(({ risk, from, to }) => ({ risk, y: y(to), height: round(y(from) - y(to)) }));
}

/** The parts of the axis that score 1, 2 or 3 on the chart. */
function scoreBands(
  thresholds: NonNullable<Course['thresholds']>,
  y: (value: number) => number,
  bottom: number,
  top: number,
): Trend['bands'] {
  return thresholds.flatMap(({ end, score }, index) => {
    const from = Math.max(bottom, thresholds[index - 1]?.end ?? -Infinity);
    const to = Math.min(top, end);
    return score === 0 || to <= from
      ? []
      : [{ risk: `score-${score}`, y: y(to), height: round(y(from) - y(to)) }];
  });
}

/** Three to six round numbers that include both ends. */
function niceSteps(low: number, high: number): number[] {
  const span = high - low || Math.max(1, Math.abs(high) * 0.1);
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power * 10;
  const start = Math.floor(low / step + 1e-9) * step;
  const steps: number[] = [];
  for (let index = 0; index < 8; index += 1) {
    const value = Number((start + index * step).toPrecision(12));
    steps.push(value);
    if (value >= high && steps.length > 1) break;
  }
  return steps;
}

/** A pause of more than three usual pauses, and of more than 12 hours, is a gap in the line. */
function runsOf(readings: readonly Reading[]): Reading[][] {
  const pauses = readings.slice(1).map(({ at }, index) => at - readings[index]!.at);
  const usual = [...pauses].sort((one, other) => one - other)[Math.floor(pauses.length / 2)] ?? 0;
  const longest = Math.max(3 * usual, DAY / 2);
  const runs: Reading[][] = [];
  let last = -Infinity;
  for (const reading of readings) {
    if (reading.at - last > longest) runs.push([reading]);
    else runs.at(-1)!.push(reading);
    last = reading.at;
  }
  return runs;
}

/** At most five days, evenly over the stay. */
function daysOf(from: number, until: number): number[] {
  const days = Math.floor((until - from) / DAY);
  const every = Math.max(1, Math.ceil(days / 4));
  const found: number[] = [];
  for (let day = 0; day <= days; day += every) found.push(from + day * DAY);
  return found;
}
