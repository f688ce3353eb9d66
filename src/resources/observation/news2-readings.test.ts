/** What is said of raw readings that stand in Observations of their own: pressures, oxygen, units, comparators. */
import type { AnyResource, JsonObject } from '../../fhir/types';
import { foundBy } from '../../../test/fixtures/found-by';
import { aSummary } from '../../../test/fixtures/summary';
import { observation } from '.';
import { quantity, withNews2 } from './news2-example';

describe('NEWS2, readings of oxygen and pressures in Observations of their own', () => {
  const WRONG_WAY =
    'The systolic pressure is not higher than the diastolic pressure. Check that they were not swapped.';
  const texts = (example: ReturnType<typeof withNews2>, rule: string): string[] =>
    foundBy(observation, example(aSummary().build())).told.flatMap(({ rule: id, text }) =>
      id === rule ? [text] : [],
    );

  it('warns of pressures the wrong way round that were taken at one time', () => {
    const example = withNews2(({ add }) => {
      add('1091811000000102', quantity(140, 'mm[Hg]'));
    });
    expect(texts(example, 'news2-22')).toEqual([WRONG_WAY]);
  });

  it('compares no pressures that were taken at different times', () => {
    const example = withNews2(({ add, summary }) => {
      add('1091811000000102', quantity(140, 'mm[Hg]'));
      const last = (summary.entry as { resource: AnyResource }[]).at(-1)!.resource;
      last.effectiveDateTime = '2025-03-09T23:00:00Z';
    });
    expect(texts(example, 'news2-22')).toEqual([]);
  });

  it.each([
    ['371825009', 70, 'L/min', 'implausible'],
    ['371825009', 120, 'L/min', 'impossible'],
    ['301282008', -1, 'L/min', 'impossible'],
    ['301282008', 12, '%', 'impossible'],
    ['371825009', 20, '%', 'implausible'],
    ['371825009', 150, '%', 'impossible'],
  ])('says of %s with %d %s that it is %s', (code, value, unit, verdict) => {
    const example = withNews2(({ add }) => {
      add(code, quantity(value, unit));
    });
    expect(texts(example, 'news2-22')).toEqual([expect.stringContaining(`This reading is ${verdict}. `)]);
  });

  it('says of oxygen in milligrams that the unit is not known for it', () => {
    const example = withNews2(({ add }) => {
      add('371825009', quantity(2, 'mg'));
    });
    expect(texts(example, 'vw-obs-20')).toEqual([
      'This reading has a unit that the server does not know for this measurement, so its range and its NEWS2 score were not checked. For an oxygen flow rate, send the UCUM code L/min. For an oxygen fraction, send %. Use the system http://unitsofmeasure.org.',
    ]);
  });

  it('says of a reading with a comparator that its score was not checked', () => {
    const example = withNews2(({ readings }) => {
      (readings.oxygenSaturation.valueQuantity as JsonObject).comparator = '<';
    });
    expect(texts(example, 'vw-obs-20')).toEqual([
      'This reading has a comparator, so its NEWS2 score and its range were not checked. Send the value that was measured, if there is one.',
    ]);
  });

  it.each([
    ['pulse', 'mmHg'],
    ['temperature', '°F'],
  ] as const)('warns of a %s whose printed unit %s is not that of its code', (parameter, unit) => {
    const example = withNews2(({ readings }) => {
      (readings[parameter].valueQuantity as JsonObject).unit = unit;
    });
    expect(texts(example, 'vw-obs-20')).toEqual([expect.stringContaining('are different units')]);
  });

  it('warns of a UCUM code of another kind beside a printed unit that it knows', () => {
    const example = withNews2(({ readings }) => {
      Object.assign(readings.respirationRate.valueQuantity as JsonObject, {
        unit: 'breaths/minute',
        code: 'mm[Hg]',
      });
    });
    expect(texts(example, 'vw-obs-20')).toEqual([
      'The server does not know this UCUM code for this measurement, and checked the value by the unit text beside it. Check which of the two is right. Send unit, with the UCUM code /min and the system http://unitsofmeasure.org.',
    ]);
  });

  it('understands Fahrenheit in words, and asks for its own code', () => {
    const example = withNews2(({ readings }) => {
      readings.temperature.valueQuantity = { value: 101.3, unit: '°F' };
    });
    expect(texts(example, 'vw-obs-20')).toEqual([
      'The unit has no UCUM code. The server read it from its text. Send unit, with the UCUM code [degF] and the system http://unitsofmeasure.org.',
    ]);
    expect(texts(example, 'news2-07')).toEqual([]);
  });
});
