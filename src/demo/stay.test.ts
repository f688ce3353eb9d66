import { londonDateTime } from './london-time';
import { EPOCH, stay, stays } from './stay';
import { scoresOf } from './course';
import { PARAMETERS } from '../resources/observation/news2/news2';

const HUNDRED = Array.from({ length: 100 }, (_, index) => stay(1, index));
const DAY = 86_400_000;

describe('stay', () => {
  it('is the same for the same seed and index, whatever was made before it', () => {
    expect(stay(1, 42)).toEqual(HUNDRED[42]);
  });

  it('is another for another seed', () => {
    expect(stay(2, 42).person.nhsNumber).not.toBe(stay(1, 42).person.nhsNumber);
  });

  it('is what `stays` gives at its place', () => {
    const first = stays(1);
    expect([first.next().value, first.next().value]).toEqual([HUNDRED[0], HUNDRED[1]]);
  });

  it('lasts 3 to 21 days and ended before the epoch', () => {
    for (const { start, end, sentAt } of HUNDRED) {
      const days = (end.getTime() - start.getTime()) / DAY;
      expect(days).toBeGreaterThan(2.7);
      expect(days).toBeLessThan(21.3);
      expect(sentAt.getTime()).toBeLessThan(EPOCH.getTime());
    }
  });

  it('moves with the epoch, whatever the clock says', () => {
    const epoch = new Date('2024-07-01T00:00:00Z');
    expect(stay(1, 3, { epoch }).sentAt.getTime()).toBeLessThan(epoch.getTime());
  });

  it('has two to four NEWS2 sets on a full day, all within the stay', () => {
    for (const { sets, start, end } of HUNDRED) {
      const perDay = new Map<string, number>();
      for (const { at } of sets) {
        const day = londonDateTime(at).slice(0, 10);
        perDay.set(day, (perDay.get(day) ?? 0) + 1);
        expect(at > start && at < end).toBe(true);
      }
      const fullDays = [...perDay.values()].slice(1, -1);
      expect(Math.min(...fullDays)).toBeGreaterThanOrEqual(2);
      expect(Math.max(...fullDays)).toBeLessThanOrEqual(4);
    }
  });

  it('scores every reading by the chart, and totals the scores', () => {
    for (const { sets, scale } of HUNDRED) {
      for (const { readings, scores, total } of sets) {
        expect(scores).toEqual(scoresOf(readings, scale));
        expect(total).toBe(PARAMETERS.reduce((sum, parameter) => sum + scores[parameter], 0));
      }
    }
  });

  it('scores saturation by scale 2 for those on oxygen at home, and for no one else', () => {
    expect(HUNDRED.every(({ scale, trajectory }) => (scale === 2) === (trajectory === 'oxygen'))).toBe(true);
    expect(new Set(HUNDRED.map(({ trajectory }) => trajectory))).toEqual(
      new Set(['recovering', 'relapsing', 'oxygen']),
    );
  });

  it('ends with most patients better than they were', () => {
    const better = HUNDRED.filter(({ sets }) => (sets[0]?.total ?? 0) > (sets[sets.length - 1]?.total ?? 0));
    expect(better.length).toBeGreaterThan(80);
  });

  it('is of 90 patients in a hundred stays, the second stay of each after the first', () => {
    const byPatient = new Map<string, typeof HUNDRED>();
    for (const one of HUNDRED) {
      const { nhsNumber } = one.person;
      byPatient.set(nhsNumber, [...(byPatient.get(nhsNumber) ?? []), one]);
    }
    expect(byPatient.size).toBe(90);
    const twice = [...byPatient.values()].filter(({ length }) => length === 2);
    expect(twice.length).toBe(10);
    expect(twice.every(([first, second]) => first && second && first.end < second.start)).toBe(true);
  });
});
