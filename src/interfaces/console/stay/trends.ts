/** The course of each reading over a stay, as positions for a drawing: points, lines with gaps, and bands of scores. */
import { compareTexts } from '../../../fhir/normal-form';
import type { OxygenScale, StayChart } from '../../../definitions/stay-chart';
import { momentText, shortDate } from '../present/moments';
import { caveatsOf, measuredOf, type Course, type Measured, type Point, type Said } from './courses';
import type { HeldResource } from './load-stay';
import type { News2Set } from './news2-sets';
import { takenText } from './times';

export interface Trend {
  name: string;
  /** The text that stands for the drawing. */
  label: string;
  /** The newest reading of all, with its time where the line does not have it. */
  latest: string;
  /** What the line does not have: `Not in this line: 103 °F (9 March 2025, 08:00).`; empty where it has all. */
  aside: string;
  points: readonly { x: number; y: number }[];
  /** Each a run of points without a gap, as `x,y x,y`. */
  lines: readonly string[];
  bands: readonly { y: number; height: number; risk: string }[];
  ticks: readonly { y: number; text: string }[];
  days: readonly { x: number; text: string }[];
}

export const TREND = { width: 440, height: 170, left: 44, right: 10, top: 10, bottom: 24 } as const;
const DAY = 86_400_000;

type Thresholds = readonly { end: number; score: number }[];

interface Drawable {
  name: string;
  course: Course;
  /** The ends of the bands of the NEWS2 chart, with what they score; from the lowest. */
  thresholds: Thresholds;
  /** The oxygen scale of the thresholds. */
  scale?: OxygenScale;
  latest: string;
  aside: string;
}

/** The total over the stay, then each reading that was taken more than once, in the order of the chart. */
export function trendsOf(
  sets: readonly News2Set[],
  observations: readonly HeldResource[],
  chart: StayChart,
  now: Date,
): Trend[] {
  const scale = scaleOf(sets);
  const all = [totalsOf(sets, now), ...measuredOf(observations, chart, now)];
  return all.flatMap((each) => drawableOf(each, chart, scale)).map(drawn);
}

const SATURATION = 'oxygenSaturation';

/** The one scale of all sets that say something of oxygen saturation. */
function scaleOf(sets: readonly News2Set[]): OxygenScale | undefined {
  const scales = new Set(sets.filter(({ cells }) => cells.has(SATURATION)).map(({ scale }) => scale));
  const [scale] = scales;
  return scales.size === 1 && scale !== 'both' ? scale : undefined;
}

const TOTAL = 'NEWS2 total';

function totalsOf(sets: readonly News2Set[], now: Date): Measured {
  const sent = sets.flatMap(({ taken, total: text, hasTotal }) => {
    const value = text === undefined || text === '' ? NaN : Number(text);
    return text !== undefined && hasTotal
      ? [{ taken, text, hasValue: true, value, ...caveatsOf(taken, undefined, now) }]
      : [];
  });
  const isPoint = ({ taken, value, notLatest }: Point): boolean =>
    taken.hasTime && Number.isFinite(value) && notLatest === undefined;
  const course = { unit: '', points: sent.filter(isPoint) };
  return {
    name: TOTAL,
    courses: new Map([['', course]]),
    others: sent.filter((each) => !isPoint(each)),
  };
}

/** The courses with more than one reading: that in the chart's unit first. What else was said is told beside each. */
function drawableOf(measured: Measured, chart: StayChart, scale: OxygenScale | undefined): Drawable[] {
  const parameter = chart.parameters(scale ?? 1).find(({ key }) => key === measured.parameter);
  const ofScale = parameter?.key === SATURATION ? scale : undefined;
  const hasBands = parameter?.key !== SATURATION || scale !== undefined;
  const isOfChart = ({ unit }: Course): boolean => unit !== '' && unit === parameter?.unit;
  const courses = [...measured.courses.values()].sort(
    (one, other) => Number(isOfChart(other)) - Number(isOfChart(one)) || compareTexts(one.unit, other.unit),
  );
  const said = [...courses.flatMap(({ points }) => points), ...measured.others];
  return courses
    .filter(({ points }) => points.length > 1)
    .map((course) => ({
      name: measured.name,
      course,
      ...(ofScale !== undefined && isOfChart(course) ? { scale: ofScale } : {}),
      thresholds: parameter && hasBands && isOfChart(course) ? thresholdsOf(parameter, scale) : [],
      latest: latestOf(said, course),
      aside: asideOf(said, course),
    }));
}

function thresholdsOf(
  { key, rows }: ReturnType<StayChart['parameters']>[number],
  scale: OxygenScale | undefined,
): Thresholds {
  const ends = rows.map(({ end = Infinity, score }) => ({ end, score })).reverse();
  // The rows of scale 2 above its target depend on oxygen, so that no threshold holds there.
  const known = ends.filter(({ end }, index) => end !== Infinity || index === ends.length - 1);
  return scale === 2 && key === 'oxygenSaturation' ? known.slice(0, -1) : known;
}

const withTime = ({ text, taken, notLatest, status }: Said): string =>
  `${text} (${[takenText(taken) || 'no time sent', notLatest, status].filter((each) => each !== undefined).join(', ')})`;

/**
 * The newest value of all, in whatever unit; several where they have one time, or where a day has no time. What has a time
 * in the future, or no result yet, is not it.
 */
function latestOf(said: readonly Said[], course: Course): string {
  const valued = said.filter(
    ({ hasValue, taken, notLatest }) => hasValue && taken.at !== 0 && notLatest === undefined,
  );
  const newest = valued.reduce((most, { taken }) => Math.max(most, taken.at), -Infinity);
  const inLine = new Set<Said>(course.points);
  const texts = valued
    .filter(({ taken }) => taken.until >= newest)
    .sort((one, other) => other.taken.at - one.taken.at)
    .map((each) => (inLine.has(each) ? withStatus(each) : withTime(each)));
  return listed([...new Set(texts)], ' or ');
}

const withStatus = ({ text, status }: Said): string => (status === undefined ? text : `${text} (${status})`);

/** Readings that are told one by one; of more, how many there are. */
const MOST_TOLD = 3;

function listed(texts: readonly string[], between: string): string {
  const more = texts.length - MOST_TOLD;
  return `${texts.slice(0, MOST_TOLD).join(between)}${more > 0 ? ` and ${more} more` : ''}`;
}

function asideOf(said: readonly Said[], course: Course): string {
  const inLine = new Set<Said>(course.points);
  const others = said
    .filter((each) => !inLine.has(each))
    .sort((one, other) => other.taken.at - one.taken.at)
    .map(withTime);
  return others.length === 0 ? '' : `Not in this line: ${listed(others, '; ')}.`;
}

function drawn({ name, course: { unit, points }, thresholds, scale, latest, aside }: Drawable): Trend {
  const readings = points
    .map(({ taken, value, text }) => ({ at: taken.at, value, text }))
    .sort((one, other) => one.at - other.at);
  const values = readings.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = niceSteps(name === TOTAL ? Math.min(low, 0) : low, name === TOTAL ? Math.max(high, 8) : high);
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
  const texts = { low: textOf(readings, low), high: textOf(readings, high) };
  const length = `${readings.length} readings from ${momentText(new Date(from))} to ${momentText(new Date(until))}`;
  return {
    name: `${name}${unit === '' ? '' : ` (${unit})`}${scale === undefined ? '' : `, scale ${scale}`}`,
    label: [
      `${name}: ${length}. Lowest ${texts.low}, highest ${texts.high}, latest ${latest}.`,
      scale === undefined ? '' : `The colours are those of NEWS2 scale ${scale}.`,
      aside,
    ]
      .filter((text) => text !== '')
      .join(' '),
    ...{ latest, aside },
    points: readings.map(({ at, value }) => ({ x: x(at), y: y(value) })),
    lines: runsOf(readings).map((run) => run.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')),
    bands: name === TOTAL ? riskBands(y, bottom, top) : scoreBands(thresholds, y, bottom, top),
    ticks: steps.map((value) => ({ y: y(value), text: String(value) })),
    days: daysOf(from, until).map((at) => ({ x: x(at), text: shortDate(new Date(at)) })),
  };
}

interface Reading {
  at: number;
  value: number;
  text: string;
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
  thresholds: Thresholds,
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
