import { ACVPU_CONCEPTS, acvpuOfCode, acvpuOfText, onOxygenOfCode, parameterOfCode } from './news2';

const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';

describe('parameterOfCode', () => {
  it.each([
    ['86290005', 'respirationRate'],
    ['103228002', 'oxygenSaturation'],
    ['447755005', 'oxygenSaturation'],
    ['722742002', 'inspiredOxygen'],
    ['72313002', 'systolicBloodPressure'],
    ['1091811000000102', 'diastolicBloodPressure'],
    ['75367002', 'bloodPressurePanel'],
    ['78564009', 'pulse'],
    ['1104441000000107', 'consciousness'],
    ['104441000000107', 'consciousness'],
    ['276885007', 'temperature'],
  ])('reads SNOMED CT %s as %s', (code, reading) => {
    expect(parameterOfCode(SNOMED, code)).toBe(reading);
  });

  it('reads LOINC codes under their own system only', () => {
    expect(parameterOfCode(LOINC, '8867-4')).toBe('pulse');
    expect(parameterOfCode(SNOMED, '8867-4')).toBeUndefined();
  });

  it.each(['249043002', '708499008', '718059008', '927981000000106'])(
    'does not take %s, another measurement, for a NEWS2 reading',
    (code) => {
      expect(parameterOfCode(SNOMED, code)).toBeUndefined();
    },
  );
});

describe('onOxygenOfCode', () => {
  it('knows room air, oxygen, and the saturation codes that name one of the two', () => {
    expect(
      ['722742002', '371825009', '866661000000106', '866701000000100', '103228002'].map(onOxygenOfCode),
    ).toEqual([false, true, false, true, undefined]);
  });
});

describe('the ACVPU scale', () => {
  it('is read from its five concepts', () => {
    expect(Object.entries(ACVPU_CONCEPTS).map(([level, { code }]) => acvpuOfCode(code) === level)).toEqual(
      Array(5).fill(true),
    );
  });

  it('is read from letters and words, whatever their case', () => {
    expect(['a', 'Alert', 'CONFUSION', 'voice', 'P', 'unresponsive', 'drowsy'].map(acvpuOfText)).toEqual([
      'A',
      'A',
      'C',
      'V',
      'P',
      'U',
      undefined,
    ]);
  });
});
