/** The NEWS2 sets of a stay as a table: a column for each set, a row for each parameter, and the total as it was sent. */
import type { StayChart } from '../../../definitions/stay-chart';
import { riskOf } from './news2-chart';
import type { News2Set, SetScale } from './news2-sets';
import { takenHead } from './times';

export interface News2Table {
  columns: readonly { date: string; time: string }[];
  rows: readonly { name: string; cells: readonly { text: string; score: string }[] }[];
  totals: readonly { text: string; risk: string; notes: readonly number[] }[];
  /** What checks said, each sentence once, with the sets that it is about. */
  notes: readonly { number: number; text: string; when: string }[];
}

export function news2Table(sets: readonly News2Set[], chart: StayChart): News2Table {
  const notes = new Map<string, string[]>();
  for (const { remarks, when } of sets)
    for (const remark of remarks) notes.set(remark, [...(notes.get(remark) ?? []), when]);
  const sentences = [...notes.keys()];
  const rows = chart.parameters(1).flatMap(({ key, name }) => {
    const line = {
      name,
      cells: sets.map(({ cells }) => {
        const cell = cells.get(key);
        return { text: cell?.reading || (cell ? '' : '–'), score: cell?.score ?? '' };
      }),
    };
    const scales = {
      name: 'Oxygen saturation scale',
      cells: sets.map(({ scale }) => ({ text: scaleText(scale), score: '' })),
    };
    return key === 'oxygenSaturation' ? [line, scales] : [line];
  });
  return {
    columns: sets.map(({ taken }) => takenHead(taken)),
    rows,
    totals: sets.map(({ total, remarks }) => ({
      text: total,
      risk: riskOf(total),
      notes: remarks.map((remark) => sentences.indexOf(remark) + 1),
    })),
    notes: [...notes].map(([text, when], index) => ({ number: index + 1, text, when: when.join('; ') })),
  };
}

function scaleText(scale: SetScale): string {
  if (scale === 'both') return 'Scale 1 and scale 2 both sent';
  return scale === undefined ? 'not sent' : `Scale ${scale}`;
}
