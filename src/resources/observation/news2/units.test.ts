import { UCUM } from '../../../fhir/code-systems';
import { canonicalUnit, limits, looksLikeFahrenheit, normaliseQuantity, plausibilityOf } from './news2';

describe('normaliseQuantity', () => {
  it('takes the canonical unit as it is', () => {
    expect(normaliseQuantity('pulse', 72, 'per minute', '/min', UCUM)).toEqual({
      value: 72,
      unit: '/min',
      sentIn: '/min',
      how: 'canonical',
    });
  });

  it('takes the annotated unit of UK Core’s own example as the same', () => {
    expect(normaliseQuantity('respirationRate', 16, undefined, '{Breaths}/min', UCUM)).toEqual({
      value: 16,
      unit: '/min',
      sentIn: '/min',
      how: 'alias',
    });
  });

  it.each([
    ['temperature', 98.6, '[degF]', 37],
    ['temperature', 310.15, 'K', 37],
    ['systolicBloodPressure', 16, 'kPa', 120],
    ['oxygenSaturation', 0.93, '1', 93],
    ['pulse', 1.2, 'Hz', 72],
  ] as const)('converts %s %d %s to %d for checking', (reading, value, code, expected) => {
    const converted = normaliseQuantity(reading, value, undefined, code, UCUM);
    expect(converted?.how).toBe('converted');
    expect(converted?.value).toBeCloseTo(expected, 1);
  });

  it('does not take 93 as a fraction', () => {
    expect(normaliseQuantity('oxygenSaturation', 93, undefined, '1', UCUM)).toBeUndefined();
  });

  it('reads the printed unit where the code or its system says nothing', () => {
    expect(normaliseQuantity('temperature', 36.9, '°C', undefined, undefined)).toEqual({
      value: 36.9,
      unit: 'Cel',
      sentIn: 'Cel',
      how: 'text',
    });
    expect(normaliseQuantity('pulse', 72, undefined, '/min', 'http://example.org/units')?.how).toBe('text');
  });

  it('knows UCUM to be case-sensitive', () => {
    expect(normaliseQuantity('temperature', 36.9, undefined, 'CEL', UCUM)).toBeUndefined();
  });

  it('says nothing of a number without a unit', () => {
    expect(normaliseQuantity('pulse', 72, undefined, undefined, undefined)).toBeUndefined();
  });
});

describe('plausibilityOf', () => {
  it.each([
    ['respirationRate', 121, 'impossible'],
    ['respirationRate', 120, 'implausible'],
    ['respirationRate', 60, 'plausible'],
    ['oxygenSaturation', 101, 'impossible'],
    ['oxygenSaturation', 49, 'implausible'],
    ['temperature', 43, 'plausible'],
    ['temperature', 98.6, 'impossible'],
    ['oxygenFraction', 20, 'implausible'],
  ] as const)('calls %s of %d %s', (reading, value, expected) => {
    expect(plausibilityOf(reading, value)).toBe(expected);
  });

  it('suspects Fahrenheit in a temperature that no patient has', () => {
    expect([looksLikeFahrenheit(98.6), looksLikeFahrenheit(39.8)]).toEqual([true, false]);
  });

  it('gives limits in the canonical unit', () => {
    expect([canonicalUnit('systolicBloodPressure'), limits('systolicBloodPressure')]).toEqual([
      'mm[Hg]',
      {
        possible: { low: 0, high: 350 },
        plausible: { low: 40, high: 280 },
        usual: { low: 70, high: 220 },
      },
    ]);
  });
});
