import { isUcumUnit } from './ucum';

describe('UCUM units', () => {
  it('are known by their case-sensitive codes', () => {
    expect(['Cel', '/min', '%', 'mm[Hg]', '{breaths}/min', 'L/min', '10*3/uL', 'kg'].map(isUcumUnit)).toEqual(
      Array(8).fill(true),
    );
  });

  it('are not the names that people write', () => {
    expect(['mmHg', 'bpm', 'beats/minute', '°C', '', 'per min', 'x'.repeat(100)].map(isUcumUnit)).toEqual(
      Array(7).fill(false),
    );
  });

  it('may be annotated with several words', () => {
    expect([isUcumUnit('{# of readings}/d'), isUcumUnit('{a} /d')]).toEqual([true, false]);
  });

  it('are answered the same when asked again', () => {
    for (let round = 0; round < 2; round += 1)
      expect([isUcumUnit('Cel'), isUcumUnit('celsius')]).toEqual([true, false]);
  });
});
