/** The rows of the chart score what the chart's own function says, and a reading is in one of them. */
import { stayChart } from './stay-chart';
import { scoreOf, type BandedParameter } from './news2/news2';

const banded: readonly BandedParameter[] = [
  'respirationRate',
  'oxygenSaturation',
  'systolicBloodPressure',
  'pulse',
  'temperature',
];

describe('the rows of the NEWS2 chart', () => {
  it.each(banded)('of %s score what a reading in them scores', (parameter) => {
    const wrong: number[] = [];
    for (const scale of [1, 2] as const)
      for (const onOxygen of [true, false]) {
        const { rows } = stayChart.parameters(scale).find(({ key }) => key === parameter)!;
        for (let step = 0; step <= 3000; step += 1) {
          const value = step / 10;
          const row = stayChart.rowOf({ parameter, value }, scale, onOxygen);
          if (rows[row!]?.score !== scoreOf(parameter, value, { scale, onOxygen })) wrong.push(value);
        }
      }
    expect(wrong).toEqual([]);
  });

  it('says nothing of scale 2 above 92 % where nobody says whether on oxygen', () => {
    expect(stayChart.rowOf({ parameter: 'oxygenSaturation', value: 95 }, 2, undefined)).toBeUndefined();
  });

  it('has the levels of consciousness in words', () => {
    const concept = { coding: [{ system: 'http://snomed.info/sct', code: '130987000' }] };
    const code = { coding: [{ system: 'http://snomed.info/sct', code: '1104441000000107' }] };
    const { readings } = stayChart.read({ resourceType: 'Observation', code, valueCodeableConcept: concept });
    expect(readings).toEqual([{ parameter: 'consciousness', words: 'New confusion' }]);
    expect(stayChart.rowOf(readings[0]!, 1, undefined)).toBe(1);
  });

  it('has a total and a score as they were sent', () => {
    const coded = (code: string) => ({ coding: [{ system: 'http://snomed.info/sct', code }] });
    const total = stayChart.read({
      resourceType: 'Observation',
      code: coded('1104051000000101'),
      valueInteger: 7,
      component: [{ code: coded('1104321000000108'), valueInteger: 2 }],
    });
    expect(total).toEqual({
      total: '7',
      scores: [{ parameter: 'oxygenSaturation', scale: 2, score: '2' }],
      readings: [],
    });
  });
});
