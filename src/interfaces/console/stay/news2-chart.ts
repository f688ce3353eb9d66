/**
 * The NEWS2 chart in the order and colours of the Royal College of Physicians, as positions for a drawing: a row for each
 * band in the colour of its score, with the score beside it; a column for each set; a mark where a reading falls; the total
 * below. The name of a parameter is a row above its bands, so that the part which stays in view on a phone is narrow.
 */
import type { ChartedReading, StayChart } from '../../../definitions/stay-chart';
import type { News2Set, SetScale } from './news2-sets';
import { takenHead } from './times';

export interface ChartDrawing {
  label: string;
  /** `2 sets, 8 March 2025, 19:00 to 9 March 2025, 08:00` */
  caption: string;
  /** Of the columns; the bands with their names are beside them. */
  width: number;
  height: number;
  /** Bands of colour with their labels; without a score, one in which readings are not scored. */
  bands: readonly { y: number; score?: number; label: string }[];
  /** The name of each parameter, above its bands. */
  names: readonly { y: number; text: string }[];
  columns: readonly {
    x: number;
    date: string;
    time: string;
    total: string;
    /** 0, 1, 5 or 7 and more, for the colour of the total. */
    risk: string;
    hasRemark: boolean;
    marks: readonly { y: number; text: string }[];
  }[];
  totalY: number;
  /** Of the dates and times that stand below the totals again. */
  footY: number;
}

/** The most sets beside each other; more would not fit on a page. */
const MOST_SETS = 18;

/** Sizes in CSS pixels. A window of 320 has room for the bands and three sets. */
export const CHART = {
  labelWidth: 102,
  scoreWidth: 18,
  column: 46,
  row: 19,
  head: 44,
  total: 25,
} as const;

const SATURATION = 'oxygenSaturation';

/** The charts of a stay, the newest first, each with one oxygen scale and about as many sets as the others, oldest first. */
export function news2Charts(sets: readonly News2Set[], chart: StayChart): ChartDrawing[] {
  const runs: Run[] = [];
  for (const set of sets) {
    const run = runs.at(-1);
    // A set without a scale and without a mark is on no bands: it may be in any run.
    const isOpen = set.scale === undefined && !set.cells.get(SATURATION)?.charted;
    if (!run || !(isOpen || run.isOpen || run.scale === set.scale))
      runs.push({ scale: set.scale, isOpen, sets: [set] });
    else {
      run.sets.push(set);
      if (run.isOpen) Object.assign(run, { scale: set.scale, isOpen });
    }
  }
  const parts = runs.flatMap(({ scale, sets: run }) => evenly(run).map((part) => ({ scale, part })));
  parts.reverse();
  return parts.map(({ scale, part }, index) =>
    drawn(part, scale, chart, parts.length === 1 ? '' : `, ${index + 1} of ${parts.length}`),
  );
}

/** Sets beside each other that one scale can show. */
interface Run {
  scale: SetScale;
  /** True while no set of it needs a scale. */
  isOpen: boolean;
  sets: News2Set[];
}

function evenly(run: readonly News2Set[]): News2Set[][] {
  const each = Math.ceil(run.length / Math.ceil(run.length / MOST_SETS));
  return Array.from({ length: Math.ceil(run.length / each) }, (_, index) =>
    run.slice(index * each, (index + 1) * each),
  );
}

/** The parameters with the bands of the scale; without one known scale, saturations have a band that scores nothing. */
function parametersFor(scale: SetScale, chart: StayChart): Parameter[] {
  if (scale === 1 || scale === 2)
    return chart
      .parameters(scale)
      .map((each) => (each.key === SATURATION ? { ...each, name: `${each.name}, scale ${scale}` } : each));
  const label = scale === 'both' ? 'both scales sent' : 'scale not sent';
  return chart.parameters(1).map((each) => (each.key === SATURATION ? { ...each, rows: [{ label }] } : each));
}

interface Parameter {
  key: string;
  name: string;
  unit: string;
  rows: readonly { label: string; score?: number }[];
}

function drawn(sets: readonly News2Set[], scale: SetScale, chart: StayChart, which: string): ChartDrawing {
  const parameters = parametersFor(scale, chart);
  const bands: { y: number; score?: number; label: string }[] = [];
  const names: { y: number; text: string }[] = [];
  const tops = new Map<string, number>();
  let y: number = CHART.head;
  for (const { key, name, unit, rows } of parameters) {
    names.push({ y, text: unit === '' ? name : `${name} (${unit})` });
    y += CHART.row;
    tops.set(key, y);
    for (const row of rows) {
      bands.push({ y, ...row });
      y += CHART.row;
    }
  }
  const rowOf = (key: string, charted: ChartedReading, { onOxygen }: News2Set): number | undefined => {
    if (scale === 1 || scale === 2) return chart.rowOf(charted, scale, onOxygen);
    return key === SATURATION ? 0 : chart.rowOf(charted, 1, onOxygen);
  };
  const columns = sets.map((set, index) => ({
    x: index * CHART.column,
    ...takenHead(set.taken),
    total: set.hasTotal ? set.total : '–',
    risk: riskOf(set.total),
    hasRemark: set.remarks.length > 0,
    marks: parameters.flatMap(({ key }) => {
      const charted = set.cells.get(key)?.charted;
      const row = charted && rowOf(key, charted, set);
      if (!charted || row === undefined) return [];
      return [
        {
          y: tops.get(key)! + row * CHART.row,
          text: charted.words === undefined ? shown(charted.value) : '●',
        },
      ];
    }),
  }));
  const first = sets[0]?.when ?? '';
  const last = sets.at(-1)?.when ?? '';
  const caption = `${sets.length} ${sets.length === 1 ? 'set' : 'sets'}, ${first === last ? first : `${first} to ${last}`}`;
  return {
    label: `NEWS2 chart${which}: ${caption}. The table below has the same values.`,
    caption,
    width: sets.length * CHART.column,
    height: y + CHART.total + CHART.head,
    bands,
    names,
    columns,
    totalY: y,
    footY: y + CHART.total,
  };
}

const shown = (value: number | undefined): string =>
  value === undefined ? '●' : String(Math.round(value * 10) / 10);

/** The highest score of the NEWS2 chart. */
const HIGHEST_TOTAL = 20;

/** The band of clinical risk of a total, for its colour; none of what no total can be. */
export function riskOf(total: string): string {
  const value = Number(total);
  if (total === '' || !Number.isInteger(value) || value < 0 || value > HIGHEST_TOTAL) return 'none';
  if (value >= 7) return 'high';
  return value >= 5 ? 'medium' : 'low';
}
