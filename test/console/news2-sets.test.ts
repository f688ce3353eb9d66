/** What the NEWS2 sets of a stay say, from Observations to the cells of the table and the marks of the chart. */
import { SNOMED_CT } from '../../src/fhir/code-systems';
import { SUBSCORES } from '../../src/resources/observation/news2/news2';
import { NOT_THE_SUM } from '../../src/resources/observation/news2-total-rules';
import { stayChart } from '../../src/resources/observation/stay-chart';
import type { AnyResource, Json } from '../../src/fhir/types';
import { news2Charts } from '../../src/interfaces/console/stay/news2-chart';
import { news2Sets } from '../../src/interfaces/console/stay/news2-sets';
import { news2Table } from '../../src/interfaces/console/stay/news2-table';
import type { HeldResource } from '../../src/interfaces/console/stay/load-stay';
import { trendsOf, type Trend } from '../../src/interfaces/console/stay/trends';
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
  /** The labels of the bands of oxygen saturation, chart by chart, with their scores. */
  bands: string[][];
  /** The trend of oxygen saturation. */
  saturation: Trend | undefined;
}

function drawn(resources: readonly AnyResource[], elsewhere: readonly AnyResource[] = []): Drawn {
  const held = { readings: heldOf(resources), elsewhere: heldOf(elsewhere) };
  const sets = news2Sets(held, { chart: stayChart, remarksOn: () => [], now: new Date() });
  const { rows, totals } = news2Table(sets, stayChart);
  const charts = news2Charts(sets, stayChart).reverse();
  return {
    row: (name) =>
      rows
        .find((each) => each.name === name)!
        .cells.map(({ text, score }) => `${text}${score === '' ? '' : ` (${score})`}`.trim()),
    totals: totals.map(({ text }) => text),
    marks: charts.flatMap(({ columns }) => columns.map(({ marks }) => marks.map(({ text }) => text))),
    bands: charts.map(({ bands, names }) => {
      const at = names.findIndex(({ text }) => text.startsWith('Oxygen saturation'));
      const [top, end] = [names[at]!.y, names[at + 1]!.y];
      return bands
        .filter(({ y }) => y > top && y < end)
        .map(({ label, score }) => `${label}: ${score ?? 'no score'}`);
    }),
    saturation: trendsOf(sets, held.readings, stayChart, new Date()).find(({ name }) =>
      name.startsWith('Oxygen saturation'),
    ),
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

describe('scores that no total names', () => {
  const NEAR = '2025-03-08T10:12:00+00:00';
  const LATER = '2025-03-08T10:16:00+00:00';

  it('join the total of their moment, as all of HL7 v2 do', () => {
    const { row, totals, marks } = drawn([
      aReading('total', 1, TEN),
      aReading('pulseScore', 1, TEN),
      aReading('pulse', 92, TEN),
    ]);
    expect([totals, row('Pulse'), marks]).toEqual([['1'], ['92 /min (1)'], [['92']]]);
  });

  it('are added up, and a total that is not their sum is marked', () => {
    const one = SUBSCORES.filter(({ scale }) => scale !== 2);
    const ofSet = (total: number, score = 0): AnyResource[] => [
      aReading('total', total, TEN),
      ...one.map(({ code }) =>
        aReading('pulseScore', code === '1104351000000103' ? score : 0, TEN, {
          code: { coding: [{ system: SNOMED_CT, code }] },
        }),
      ),
    ];
    const marked = (resources: AnyResource[], said: readonly string[] = []): readonly string[] =>
      news2Sets(
        { readings: heldOf(resources), elsewhere: [] },
        { chart: stayChart, remarksOn: () => said, now: new Date() },
      )[0]!.remarks;
    expect(marked(ofSet(9))).toEqual([NOT_THE_SUM]);
    expect(marked(ofSet(2, 2), [NOT_THE_SUM])).toEqual([]);
    expect(marked(ofSet(9).slice(0, -1))).toEqual([]);
    expect(
      marked(ofSet(9).map((each, at) => (at === 1 ? { ...each, status: 'preliminary' } : each))),
    ).toEqual(['Not all of this set is final: a part of it is preliminary.']);
  });

  it('have a mark in a set that is preliminary, or whose time is in the future', () => {
    const marksOf = (...resources: AnyResource[]): unknown => {
      const context = { chart: stayChart, remarksOn: () => [], now: new Date('2025-03-08T10:00:00Z') };
      const sets = news2Sets({ readings: heldOf(resources), elsewhere: [] }, context);
      const columns = news2Charts(sets, stayChart).flatMap((chart) => chart.columns);
      return sets.map(({ remarks }, index) => [columns[index]!.hasRemark, ...remarks]);
    };
    const preliminary = { status: 'preliminary' };
    expect(marksOf(aReading('total', 1, TEN, preliminary))).toEqual([
      [true, 'Not all of this set is final: a part of it is preliminary.'],
    ]);
    const beside = [aReading('pulseScore', 0, TEN), aReading('pulse', 70, TEN, preliminary)];
    expect(marksOf(aReading('total', 1, TEN), ...beside)).toEqual([
      [true, 'Not all of this set is final: a part of it is preliminary.'],
    ]);
    expect(marksOf(aReading('total', 1, TEN_AGAIN))).toEqual([
      [true, 'The time of this set is in the future.'],
    ]);
    expect(marksOf(aReading('total', 1, TEN))).toEqual([[false]]);
  });

  it('join the one that is within fifteen minutes, with the readings of their own moment', () => {
    const { row, totals } = drawn([
      aReading('total', 1, TEN),
      aReading('pulseScore', 1, NEAR),
      aReading('pulse', 92, NEAR),
    ]);
    expect([totals, row('Pulse')]).toEqual([['1'], ['92 /min (1)']]);
    const later = drawn([aReading('total', 1, TEN), aReading('pulseScore', 1, LATER)]);
    expect([later.totals, later.row('Pulse')]).toEqual([
      ['1', 'not sent'],
      ['–', '(1)'],
    ]);
  });

  it('stay apart where two totals could own them', () => {
    const totals = (...all: AnyResource[]): string[] =>
      drawn([...all, aReading('pulseScore', 1, TEN)]).totals.sort();
    expect(totals(aReading('total', 1, TEN), aReading('total', 5, TEN))).toEqual(['1', '5', 'not sent']);
    expect(totals(aReading('total', 1, NEAR), aReading('total', 5, NEAR))).toEqual(['1', '5', 'not sent']);
    expect(totals(aReading('total', 1, TEN), aReading('total', 5, NEAR))).toEqual(['1', '5']);
  });

  it('stay apart from a total that has scores of its own', () => {
    const own = aReading('pulseScore', 0, TEN);
    const total = aReading('total', 0, TEN, { hasMember: to(own) });
    const { totals, row } = drawn([total, own, aReading('pulseScore', 3, TEN)]);
    expect([totals, row('Pulse')]).toEqual([
      ['0', 'not sent'],
      ['(0)', '(3)'],
    ]);
    const elsewhere = aReading('total', 0, TEN, { hasMember: [{ reference: 'Observation/not-held' }] });
    expect(drawn([elsewhere, own]).totals).toEqual(['0', 'not sent']);
  });

  it('stay apart where their own total was retracted', () => {
    const score = aReading('pulseScore', 3, TEN);
    const retracted = aReading('total', 3, TEN, { status: 'entered-in-error', hasMember: to(score) });
    const { totals, row } = drawn([retracted, score, aReading('total', 0, TEN)]);
    expect([totals, row('Pulse')]).toEqual([
      ['0', 'entered in error'],
      ['–', '(3)'],
    ]);
  });

  it('stay apart where the only total of their moment, which names none, was retracted', () => {
    const retracted = aReading('total', 3, TEN, { status: 'entered-in-error' });
    const scores = [aReading('pulseScore', 3, TEN)];
    expect(drawn([retracted, ...scores, aReading('total', 0, NEAR)]).totals.sort()).toEqual([
      '0',
      'entered in error',
    ]);
    expect(drawn([retracted, ...scores, aReading('total', 3, TEN)]).totals).toEqual(['3']);
  });

  it('stay apart where a nearer one of the same parameter has joined', () => {
    const { totals, row } = drawn([
      aReading('total', 1, TEN),
      aReading('pulseScore', 1, TEN),
      aReading('pulseScore', 3, NEAR),
    ]);
    expect([totals, row('Pulse')]).toEqual([
      ['1', 'not sent'],
      ['(1)', '(3)'],
    ]);
  });
});

describe('the oxygen saturation scale', () => {
  const DAY = '2025-03-0';
  /** A set of a day with a saturation, and a score of each of these scales. */
  const set = (day: number, value: number, ...scales: ('scaleOne' | 'scaleTwo')[]): AnyResource[] => {
    const at = `${DAY}${day}T10:00:00+00:00`;
    const reading = aReading('saturation', value, at);
    const scores = scales.map((each) => aReading(each, 0, at, { derivedFrom: to(reading) }));
    return [aReading('total', 0, at, { hasMember: to(...scores, reading) }), ...scores, reading];
  };

  it('is told as two where both were sent, in either order, and the chart has the bands of none', () => {
    for (const both of [set(4, 88, 'scaleOne', 'scaleTwo'), set(4, 88, 'scaleTwo', 'scaleOne')]) {
      const { row, bands, marks } = drawn(both);
      expect(row('Oxygen saturation scale')).toEqual(['Scale 1 and scale 2 both sent']);
      expect([bands, marks]).toEqual([[['both scales sent: no score']], [['88']]]);
    }
  });

  it('is not presumed where none was sent', () => {
    const { row, bands, marks } = drawn([...set(4, 91, 'scaleTwo'), ...set(5, 90)]);
    expect(row('Oxygen saturation scale')).toEqual(['Scale 2', 'not sent']);
    expect([bands.length, bands[1], marks[1]]).toEqual([2, ['scale not sent: no score'], ['90']]);
  });

  it('does not part a chart for a set without a saturation', () => {
    const { bands } = drawn([
      aReading('total', 0, `${DAY}3T10:00:00+00:00`),
      ...set(4, 91, 'scaleTwo'),
      aReading('total', 0, `${DAY}5T10:00:00+00:00`),
      ...set(6, 91, 'scaleTwo'),
    ]);
    expect(bands).toEqual([expect.arrayContaining(['88–92: 0'])]);
  });

  it('colours the trend where all sets have it, and is named there', () => {
    const { saturation } = drawn([...set(4, 84, 'scaleTwo'), ...set(5, 91, 'scaleTwo')]);
    expect(saturation).toMatchObject({ name: 'Oxygen saturation (%), scale 2' });
    expect(saturation!.label).toMatch(/The colours are those of NEWS2 scale 2\.$/);
    expect(saturation!.bands.length).toBeGreaterThan(0);
  });

  it.each<[string, AnyResource[]]>([
    ['sets have different scales', [...set(4, 88, 'scaleTwo'), ...set(5, 91, 'scaleOne')]],
    ['a set has none', [...set(4, 88, 'scaleTwo'), ...set(5, 91)]],
    ['a set has both', [...set(4, 88, 'scaleTwo'), ...set(5, 91, 'scaleOne', 'scaleTwo')]],
  ])('colours no trend where %s', (_what, resources) => {
    const { saturation } = drawn(resources);
    expect(saturation).toMatchObject({ name: 'Oxygen saturation (%)', bands: [] });
    expect(saturation!.label).not.toContain('scale');
  });
});
