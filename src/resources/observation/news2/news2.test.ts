import {
  acceptedScores,
  airOrOxygenScore,
  consciousnessScore,
  isPaediatricCode,
  isTotalCode,
  legalSubscores,
  PARAMETERS,
  scoreOf,
  SUBSCORES,
  subscoreOf,
  subscoreParameter,
  type Acvpu,
  type BandedParameter,
  type Circumstances,
} from './news2';

/** The printed chart's boundaries: reading → score. */
const VECTORS: [BandedParameter, Circumstances, string][] = [
  ['respirationRate', {}, '7→3 8→3 9→1 11→1 12→0 20→0 21→2 24→2 25→3 60→3'],
  ['oxygenSaturation', { scale: 1 }, '90→3 91→3 92→2 93→2 94→1 95→1 96→0 100→0'],
  ['oxygenSaturation', {}, '91→3 92→2 96→0'],
  ['oxygenSaturation', { scale: 2, onOxygen: false }, '83→3 84→2 85→2 86→1 87→1 88→0 92→0 93→0 97→0 100→0'],
  [
    'oxygenSaturation',
    { scale: 2, onOxygen: true },
    '83→3 85→2 87→1 88→0 92→0 93→1 94→1 95→2 96→2 97→3 100→3',
  ],
  ['systolicBloodPressure', {}, '90→3 91→2 100→2 101→1 110→1 111→0 219→0 220→3'],
  ['pulse', {}, '40→3 41→1 50→1 51→0 90→0 91→1 110→1 111→2 130→2 131→3'],
  ['temperature', {}, '35.0→3 35.1→1 36.0→1 36.1→0 38.0→0 38.1→1 39.0→1 39.1→2'],
];

describe('scoreOf: the chart', () => {
  it.each(
    VECTORS.flatMap(([parameter, circumstances, vectors]) =>
      vectors.split(' ').map((vector) => {
        const [reading, score] = vector.split('→');
        return [parameter, circumstances, Number(reading), Number(score)] as const;
      }),
    ),
  )('scores %s %j of %d as %d', (parameter, circumstances, reading, score) => {
    expect(scoreOf(parameter, reading, circumstances)).toBe(score);
  });

  it('rounds half up, as the chart is printed, before it looks for the band', () => {
    expect([
      scoreOf('oxygenSaturation', 91.5),
      scoreOf('temperature', 36.05),
      scoreOf('temperature', 38.04),
    ]).toEqual([2, 0, 0]);
  });

  it('cannot score a saturation above 92 % by scale 2 without knowing whether the patient is on oxygen', () => {
    expect(scoreOf('oxygenSaturation', 93, { scale: 2 })).toBeUndefined();
    expect(scoreOf('oxygenSaturation', 92, { scale: 2 })).toBe(0);
  });

  it.each([
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ] as [Acvpu, number][])('scores consciousness %s as %d', (level, score) => {
    expect(consciousnessScore(level)).toBe(score);
  });

  it('scores air as 0 and oxygen as 2', () => {
    expect([airOrOxygenScore(false), airOrOxygenScore(true)]).toEqual([0, 2]);
  });
});

describe('the total', () => {
  interface Set {
    rr: number;
    saturation: number;
    scale: 1 | 2;
    onOxygen: boolean;
    systolic: number;
    pulse: number;
    level: Acvpu;
    temperature: number;
  }
  const total = (set: Set): number =>
    (scoreOf('respirationRate', set.rr) ?? NaN) +
    (scoreOf('oxygenSaturation', set.saturation, set) ?? NaN) +
    airOrOxygenScore(set.onOxygen) +
    (scoreOf('systolicBloodPressure', set.systolic) ?? NaN) +
    (scoreOf('pulse', set.pulse) ?? NaN) +
    consciousnessScore(set.level) +
    (scoreOf('temperature', set.temperature) ?? NaN);
  /** In the order of the chart: rate, saturation, scale, oxygen, pressure, pulse, level, temperature. */
  const set = (
    ...[rr, saturation, scale, onOxygen, systolic, pulse, level, temperature]: readonly [
      number,
      number,
      1 | 2,
      boolean,
      number,
      number,
      Acvpu,
      number,
    ]
  ): Set => ({ rr, saturation, scale, onOxygen, systolic, pulse, level, temperature });

  it.each([
    [set(8, 91, 1, true, 90, 131, 'V', 35.0), 20],
    [set(16, 97, 1, false, 120, 70, 'A', 37.0), 0],
    [set(22, 90, 2, true, 105, 112, 'A', 38.5), 8],
    [set(18, 97, 2, true, 130, 88, 'A', 36.5), 5],
  ])('of %j is %d', (readings, expected) => {
    expect(total(readings)).toBe(expected);
  });

  it('reaches 20 when every parameter has its highest score', () => {
    expect(PARAMETERS.reduce((sum, parameter) => sum + Math.max(...legalSubscores(parameter)), 0)).toBe(20);
  });
});

describe('acceptedScores', () => {
  it('accepts the score of either neighbour for a reading between two printed bands', () => {
    expect(acceptedScores('temperature', 36.05)).toEqual(new Set([0, 1]));
    expect(acceptedScores('oxygenSaturation', 91.5)).toEqual(new Set([2, 3]));
  });

  it('accepts one score for a reading that is printed', () => {
    expect(acceptedScores('temperature', 36.1)).toEqual(new Set([0]));
    expect(acceptedScores('pulse', 110)).toEqual(new Set([1]));
  });

  it('takes a converted reading that is a printed one but for floating-point dust as that one', () => {
    expect(acceptedScores('temperature', ((100.4 - 32) * 5) / 9)).toEqual(new Set([0]));
  });

  it('accepts nothing where the chart cannot say', () => {
    expect(acceptedScores('oxygenSaturation', 92.5, { scale: 2 })).toBeUndefined();
  });
});

describe('the codes of the scores', () => {
  it('names the total, and not the total of the score for children', () => {
    expect([isTotalCode('1104051000000101'), isTotalCode('1363261000000104')]).toEqual([true, false]);
    expect([isPaediatricCode('1104051000000101'), isPaediatricCode('1363261000000104')]).toEqual([
      false,
      true,
    ]);
  });

  it('tells the two oxygen saturation scales apart', () => {
    expect(subscoreParameter('1104311000000102')).toMatchObject({ parameter: 'oxygenSaturation', scale: 1 });
    expect(subscoreParameter('1104321000000108')).toMatchObject({ parameter: 'oxygenSaturation', scale: 2 });
    expect(subscoreParameter('1104051000000101')).toBeUndefined();
  });

  it('finds the sub-score of every parameter again', () => {
    expect(SUBSCORES.map(({ parameter, scale }) => subscoreOf(parameter, scale))).toEqual(SUBSCORES);
  });

  it('knows that air or oxygen scores 0 or 2, and consciousness 0 or 3', () => {
    expect([legalSubscores('airOrOxygen'), legalSubscores('consciousness')]).toEqual([
      [0, 2],
      [0, 3],
    ]);
  });
});
