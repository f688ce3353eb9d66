/** What a reading says of air and oxygen, by its code and its value together. */
import { foundBy } from '../../../test/fixtures/found-by';
import { aSummary } from '../../../test/fixtures/summary';
import type { JsonObject } from '../../fhir/types';
import { observation } from '.';
import { coded, quantity, withNews2 } from './news2-example';
import { stayChart } from './stay-chart';

const ON_OXYGEN = '371825009';
const ROOM_AIR = '722742002';
const concept = (code: string, display: string) => ({ valueCodeableConcept: coded(code, display) });
const absent = { dataAbsentReason: { text: 'Not performed' } };
const flowComponent = (flow: number) => ({
  component: [
    { code: { coding: [{ system: 'http://loinc.org', code: '3151-8' }] }, ...quantity(flow, 'L/min') },
  ],
});
const saturationComponent = {
  component: [{ code: coded('103228002', 'Oxygen saturation'), ...quantity(97, '%') }],
};

const charted = (code: string, value: JsonObject) => {
  const [first] = stayChart.read({ resourceType: 'Observation', code: coded(code), ...value }).readings;
  return {
    says: first?.words ?? first?.sentAs,
    row: stayChart.rowOf(first!, 1, undefined),
    onOxygen: first?.onOxygen,
  };
};
const toldOf = (code: string, value: JsonObject) => {
  const example = withNews2(({ add }) => {
    add(code, value);
  });
  return foundBy(observation, example(aSummary().build())).told.filter(({ rule }) => rule === 'news2-26');
};

describe('a reading of oxygen', () => {
  it.each<[string, JsonObject]>([
    [ON_OXYGEN, {}],
    [ON_OXYGEN, quantity(2, 'L/min')],
    [ON_OXYGEN, quantity(28, '%')],
    [ON_OXYGEN, { valueQuantity: { value: 2, unit: 'litres' } }],
    [ON_OXYGEN, { valueQuantity: { value: 0, comparator: '>', unit: 'L/min' } }],
    [ON_OXYGEN, { valueBoolean: true }],
    [ON_OXYGEN, { valueString: ' Yes' }],
    [ON_OXYGEN, concept('373066001', 'Yes')],
    [ON_OXYGEN, concept(ON_OXYGEN, 'Patient on oxygen')],
    [ON_OXYGEN, flowComponent(2)],
    ['301282008', concept(ON_OXYGEN, 'Patient on oxygen')],
    ['301282008', quantity(2, 'L/min')],
  ])('of code %s with %j says oxygen', (code, value) => {
    expect(charted(code, value)).toEqual({ says: 'Oxygen', row: 1, onOxygen: true });
    expect(toldOf(code, value)).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    [ROOM_AIR, {}],
    [ROOM_AIR, quantity(0, 'L/min')],
    [ROOM_AIR, quantity(21, '%')],
    [ROOM_AIR, quantity(0.21, '1')],
    [ROOM_AIR, { valueBoolean: true }],
    [ROOM_AIR, { valueCodeableConcept: { text: 'yes' } }],
    [ROOM_AIR, saturationComponent],
    ['301282008', concept(ROOM_AIR, 'Breathing room air')],
  ])('of code %s with %j says air', (code, value) => {
    expect(charted(code, value)).toEqual({ says: 'Air', row: 0, onOxygen: false });
    expect(toldOf(code, value)).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    [ON_OXYGEN, { valueBoolean: false }, 'valueBoolean'],
    [ON_OXYGEN, { valueString: 'No' }, 'valueString'],
    [ON_OXYGEN, { valueString: 'not known' }, 'valueString'],
    [ON_OXYGEN, concept('373067005', 'No'), 'valueCodeableConcept'],
    [ON_OXYGEN, concept(ROOM_AIR, 'Breathing room air'), 'valueCodeableConcept'],
    [ON_OXYGEN, quantity(0, 'L/min'), 'valueQuantity'],
    [ON_OXYGEN, quantity(21, '%'), 'valueQuantity'],
    [ON_OXYGEN, { valueQuantity: { value: 0 } }, 'valueQuantity'],
    [ON_OXYGEN, { valueInteger: 0 }, 'valueInteger'],
    [ON_OXYGEN, absent, 'dataAbsentReason'],
    [ON_OXYGEN, flowComponent(0), 'value'],
    [ROOM_AIR, { valueBoolean: false }, 'valueBoolean'],
    [ROOM_AIR, quantity(4, 'L/min'), 'valueQuantity'],
    [ROOM_AIR, quantity(28, '%'), 'valueQuantity'],
    [ROOM_AIR, { valueQuantity: { value: 4, unit: 'litres' } }, 'valueQuantity'],
    [ROOM_AIR, absent, 'dataAbsentReason'],
    [ROOM_AIR, flowComponent(2), 'value'],
  ])('of code %s with %j says neither, and its sender is warned', (code, value, element) => {
    const says = code === ON_OXYGEN ? 'Patient on oxygen' : 'Breathing room air';
    expect(charted(code, value)).toEqual({ says, row: undefined, onOxygen: undefined });
    expect(toldOf(code, value)).toEqual([
      expect.objectContaining({
        severity: 'warning',
        at: expect.stringMatching(new RegExp(`\\.resource\\.${element}$`)),
      }),
    ]);
  });

  it('says what to send', () => {
    expect(toldOf(ON_OXYGEN, { valueBoolean: false })[0]?.text).toBe(
      'The code says "Patient on oxygen", but the value does not confirm it. It was read as neither air nor oxygen. If the patient was on oxygen, send 371825009 (Patient on oxygen) with a flow above 0 L/min. If not, send 301282008 (Finding of respiration) with the value 722742002 (Breathing room air).',
    );
  });

  it('that says neither is compared with no score', () => {
    const rules = (value: JsonObject): string[] => {
      const example = withNews2(({ readings, scores, total }) => {
        readings.airOrOxygen.code = coded(ON_OXYGEN);
        delete readings.airOrOxygen.valueCodeableConcept;
        Object.assign(readings.airOrOxygen, value);
        scores.airOrOxygen.valueInteger = 0;
        total.valueInteger = 6;
      });
      return foundBy(observation, example(aSummary().build())).told.flatMap(({ rule = '' }) =>
        /^news2-(10|20|26)$/.test(rule) ? [rule] : [],
      );
    };
    expect(rules(quantity(2, 'L/min'))).toContain('news2-10');
    expect(rules({ valueBoolean: false })).toEqual(['news2-26']);
  });
});

describe('a saturation whose code says what was breathed', () => {
  it('says so, unless it was not taken', () => {
    const supplemental = '866701000000100';
    const read = (value: JsonObject) =>
      stayChart.read({ resourceType: 'Observation', code: coded(supplemental), ...value }).readings[0];
    expect(read(quantity(95, '%'))?.onOxygen).toBe(true);
    expect(read(absent)?.onOxygen).toBeUndefined();
  });
});
