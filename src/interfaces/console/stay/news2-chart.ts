/**
 * The NEWS2 chart as the Royal College of Physicians prints it, as positions for a drawing: a row for each band in the
 * colour of its score, with the score beside it; a column for each set; a mark where a reading falls; the total below.
 */
import type { ChartedReading, StayChart } from '../../../definitions/stay-chart';
import type { News2Set, SetScale } from './news2-sets';
import { takenHead } from './times';

export interface ChartDrawing {
  label: string;
  width: number;
  height: number;
  /** Bands of colour with their labels; without a score, one in which readings are not scored. */
  bands: readonly { y: number; score?: number; label: string }[];
  /** The name of each parameter, in the middle of its bands. */
  names: readonly { y: number; top: number; height: number; lines: readonly string[] }[];
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
}

/** The most sets beside each other; more would not fit on a page. */
const MOST_SETS = 18;

export const CHART = {
  nameWidth: 116,
  labelWidth: 132,
  scoreWidth: 22,
  column: 46,
  row: 19,
  head: 44,
} as const;
const LEFT = CHART.nameWidth + CHART.labelWidth + CHART.scoreWidth;
const GAP = 6;

const SATURATION = 'oxygenSaturation';

/** The charts of a stay, oldest sets first, each with one oxygen scale and about as many sets as the others. */
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
  const names: { y: number; top: number; height: number; lines: readonly string[] }[] = [];
  const tops = new Map<string, number>();
  let y: number = CHART.head;
  for (const { key, name, unit, rows } of parameters) {
    tops.set(key, y);
    const height = rows.length * CHART.row;
    const lines = linesOf(unit === '' ? name : `${name} (${unit})`);
    names.push({ y: y + height / 2, top: y, height, lines });
    rows.forEach((row, index) => bands.push({ y: y + index * CHART.row, ...row }));
    y += height + GAP;
  }
  const rowOf = (key: string, charted: ChartedReading, { onOxygen }: News2Set): number | undefined => {
    if (scale === 1 || scale === 2) return chart.rowOf(charted, scale, onOxygen);
    return key === SATURATION ? 0 : chart.rowOf(charted, 1, onOxygen);
  };
  const columns = sets.map((set, index) => ({
    x: LEFT + index * CHART.column,
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
  return {
    label: `NEWS2 chart${which}: ${sets.length} ${sets.length === 1 ? 'set' : 'sets'}, ${first === last ? first : `${first} to ${last}`}. The table below has the same values.`,
    width: LEFT + sets.length * CHART.column,
    height: y + CHART.row + GAP,
    bands,
    names,
    columns,
    totalY: y,
  };
}

/** Characters in a line of a name. */
const LINE = 17;

function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (lines.length > 0 && longer.length <= LINE) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
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
