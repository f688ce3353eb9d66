/** What the NEWS2 sets of a stay say, from Observations to the cells of the table and the marks of the chart. */
import { stayChart } from '../../src/resources/observation/stay-chart';
import type { AnyResource, Json } from '../../src/fhir/types';
import { news2Charts } from '../../src/interfaces/console/stay/news2-chart';
import { news2Sets, type News2Set } from '../../src/interfaces/console/stay/news2-sets';
import { news2Table } from '../../src/interfaces/console/stay/news2-table';
import type { HeldResource } from '../../src/interfaces/console/stay/load-stay';
import { aReading } from './readings';

const TEN = '2025-03-08T10:00:00+00:00';
const TEN_AGAIN = '2025-03-08T10:14:00+00:00';
const DAYS_BEFORE = '2025-03-04T10:00:00+00:00';

const heldOf = (resources: readonly AnyResource[]): HeldResource[] =>
  resources.map((resource) => ({
    reference: `Observation/${String(resource.id)}`,
    type: 'Observation',
    id: String(resource.id),
    version: 1,
    resource,
  }));
const to = (...resources: AnyResource[]): Json =>
  resources.map(({ id }) => ({ reference: `Observation/${String(id)}` }));

interface Drawn {
  /** The cells of each row, `70 /min (3)`. */
  row(name: string): string[];
  totals: string[];
  /** The texts of the marks, set by set. */
  marks: string[][];
  sets: News2Set[];
}

function drawn(resources: readonly AnyResource[], elsewhere: readonly AnyResource[] = []): Drawn {
  const held = { readings: heldOf(resources), elsewhere: heldOf(elsewhere) };
  const sets = news2Sets(held, stayChart, () => []);
  const { rows, totals } = news2Table(sets, stayChart);
  const charts = news2Charts(sets, stayChart);
  return {
    row: (name) =>
      rows
        .find((each) => each.name === name)!
        .cells.map(({ text, score }) => `${text}${score === '' ? '' : ` (${score})`}`.trim()),
    totals: totals.map(({ text }) => text),
    marks: charts.flatMap(({ columns }) => columns.map(({ marks }) => marks.map(({ text }) => text))),
    sets,
  };
}

describe('readings that the scores of a set name', () => {
  const named = (...pulses: AnyResource[]): AnyResource[] => {
    const score = aReading('pulseScore', 3, TEN, { derivedFrom: to(...pulses) });
    return [aReading('total', 3, TEN, { hasMember: to(score) }), score, ...pulses];
  };

  it('are all told where they differ, in either order, and have no mark', () => {
    const [one, other] = [aReading('pulse', 70, TEN), aReading('pulse', 135, TEN)];
    const first = drawn(named(one, other));
    expect([first.row('Pulse'), first.marks]).toEqual([['70 /min or 135 /min (3)'], [[]]]);
    expect(drawn(named(other, one)).row('Pulse')).toEqual(['135 /min or 70 /min (3)']);
  });

  it('are all told in UK Core’s model, where the total names them', () => {
    const pulses = [aReading('pulse', 70, TEN), aReading('pulse', 135, TEN)];
    const { code } = aReading('pulseScore', 3, TEN);
    const total = aReading('total', 3, TEN, {
      derivedFrom: to(...pulses),
      component: [{ code: code!, valueInteger: 3 }],
    });
    const { row, marks } = drawn([total, ...pulses]);
    expect([row('Pulse'), marks]).toEqual([['70 /min or 135 /min (3)'], [[]]]);
  });

  it('are told once where they agree, with a mark', () => {
    const { row, marks } = drawn(named(aReading('pulse', 70, TEN), aReading('pulse', 70, TEN)));
    expect([row('Pulse'), marks]).toEqual([['70 /min (3)'], [['70']]]);
  });

  it('are told beside another of the same moment that differs', () => {
    const { row, marks } = drawn([...named(aReading('pulse', 70, TEN)), aReading('pulse', 135, TEN)]);
    expect([row('Pulse'), marks]).toEqual([['70 /min or 135 /min (3)'], [[]]]);
  });

  it('are counted where they are many', () => {
    const { row } = drawn(named(...[70, 71, 72, 73, 74, 75, 76].map((each) => aReading('pulse', each, TEN))));
    expect(row('Pulse')).toEqual(['70 /min or 71 /min or 72 /min or 73 /min or 74 /min and 2 more (3)']);
  });

  it('have their own time and no mark where they were taken at another', () => {
    const { row, marks } = drawn(named(aReading('pulse', 128, DAYS_BEFORE)));
    expect([row('Pulse'), marks]).toEqual([['128 /min (4 March 2025, 10:00) (3)'], [[]]]);
    expect(drawn(named(aReading('pulse', 128, '2025-03-08'))).row('Pulse')).toEqual([
      '128 /min (8 March 2025) (3)',
    ]);
  });

  it('have no time and a mark where they were taken within fifteen minutes', () => {
    const { row, marks } = drawn(named(aReading('pulse', 128, TEN_AGAIN)));
    expect([row('Pulse'), marks]).toEqual([['128 /min (3)'], [['128']]]);
  });

  it('do not hide one of the very moment', () => {
    const { row, marks } = drawn([...named(aReading('pulse', 128, DAYS_BEFORE)), aReading('pulse', 48, TEN)]);
    expect([row('Pulse'), marks]).toEqual([['128 /min (4 March 2025, 10:00) or 48 /min (3)'], [[]]]);
    const same = drawn([...named(aReading('pulse', 128, DAYS_BEFORE)), aReading('pulse', 128, TEN)]);
    expect([same.row('Pulse'), same.marks]).toEqual([['128 /min (3)'], [['128']]]);
  });

  it('may be of another stay, which is said', () => {
    const pulse = aReading('pulse', 128, TEN);
    const { row, marks } = drawn(named(pulse).slice(0, 2), [pulse]);
    expect([row('Pulse'), marks]).toEqual([['128 /min (another stay, 8 March 2025, 10:00) (3)'], [[]]]);
  });
});
