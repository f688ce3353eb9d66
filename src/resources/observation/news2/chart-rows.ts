/**
 * The rows of the NEWS2 observation chart, as the Royal College of Physicians prints them. `../stay-chart.test.ts`
 * compares the score of each with `scoreOf`. NEWS2 © Royal College of Physicians 2017.
 * @see https://www.rcp.ac.uk/resources/national-early-warning-score-news-2/
 */
import type { BandedParameter, OxygenScale } from './news2';

export interface PrintedRow {
  label: string;
  score: number;
  /** The highest reading of the row, in the chart's steps: tenths of a degree, whole numbers otherwise. */
  upTo: number;
  /** For the rows of scale 2 that hold with, or without, oxygen only. */
  onOxygen?: boolean;
}

/** `[upTo, score]` from the lowest row to the highest; the label follows from both neighbours. */
type Bands = readonly (readonly [upTo: number, score: number])[];

const ABOVE = Infinity;

/** The rows from the lowest to the highest reading. */
function rowsOf(bands: Bands, shown: (steps: number) => string = String): PrintedRow[] {
  return bands.map(([upTo, score], index) => {
    const before = bands[index - 1]?.[0];
    const from = before === undefined ? undefined : before + 1;
    if (from === undefined) return { label: `${shown(upTo)} or less`, score, upTo };
    return {
      label: upTo === ABOVE ? `${shown(from)} or more` : `${shown(from)}–${shown(upTo)}`,
      score,
      upTo,
    };
  });
}

const tenths = (steps: number): string => (steps / 10).toFixed(1);

const RESPIRATION: Bands = [[8, 3], [11, 1], [14, 0], [17, 0], [20, 0], [24, 2], [ABOVE, 3]]; // prettier-ignore
const SATURATION_1: Bands = [[91, 3], [93, 2], [95, 1], [ABOVE, 0]]; // prettier-ignore
const PRESSURE: Bands = [
  [50, 3], [60, 3], [70, 3], [80, 3], [90, 3], [100, 2], [110, 1], [120, 0], [140, 0], [160, 0], [180, 0], [200, 0], [219, 0], [ABOVE, 3],
]; // prettier-ignore
const PULSE: Bands = [
  [30, 3], [40, 3], [50, 1], [60, 0], [70, 0], [80, 0], [90, 0], [100, 1], [110, 1], [120, 2], [130, 2], [ABOVE, 3],
]; // prettier-ignore
const TEMPERATURE: Bands = [[350, 3], [360, 1], [370, 0], [380, 0], [390, 1], [ABOVE, 2]]; // prettier-ignore

const SATURATION_2: readonly PrintedRow[] = [
  ...rowsOf([[83, 3], [85, 2], [87, 1], [92, 0]]), // prettier-ignore
  { label: '93 or more on air', score: 0, upTo: ABOVE, onOxygen: false },
  { label: '93–94 on oxygen', score: 1, upTo: 94, onOxygen: true },
  { label: '95–96 on oxygen', score: 2, upTo: 96, onOxygen: true },
  { label: '97 or more on oxygen', score: 3, upTo: ABOVE, onOxygen: true },
];

/** The rows of a parameter that is a number, from the lowest to the highest reading. */
export function printedRows(parameter: BandedParameter, scale: OxygenScale): readonly PrintedRow[] {
  if (parameter === 'oxygenSaturation') return scale === 1 ? rowsOf(SATURATION_1) : SATURATION_2;
  if (parameter === 'temperature') return rowsOf(TEMPERATURE, tenths);
  return rowsOf({ respirationRate: RESPIRATION, systolicBloodPressure: PRESSURE, pulse: PULSE }[parameter]);
}
