import { aSummary } from '../../../test/fixtures/summary';
import { contextOf, foundBy } from '../../../test/fixtures/found-by';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { PARAMETERS, subscoreOf, type Parameter } from './news2/news2';
import { observation } from '.';
import { coded, quantity, withNews2, withNews2Components, type News2Set } from './news2-example';
import { news2Of } from './news2-group';

/** What the NEWS2 rules say, of both models unless one is named. */
function said(
  example: (summary: AnyResource) => AnyResource,
): [rule: string, severity: string, text: string][] {
  return foundBy(observation, example(aSummary().build()))
    .told.filter(({ rule }) => rule.startsWith('news2-') || rule === 'vw-gen-10')
    .map(({ rule, severity, text }) => [rule, severity, text]);
}

const rulesOf = (example: (summary: AnyResource) => AnyResource): string[] =>
  said(example).map(([rule]) => rule);

function setScores(
  { total, scores }: News2Set,
  values: Partial<Record<Parameter, number>>,
  sum: number,
): void {
  for (const [parameter, value] of Object.entries(values)) {
    const score = scores[parameter as Parameter];
    if (score.valueInteger === undefined) Object.assign(score, quantity(value, '{ScoreOf}'));
    else score.valueInteger = value;
  }
  total.valueInteger = sum;
}

describe.each([
  ['sub-scores as Observations (the guidance)', withNews2],
  ['sub-scores as components (UK Core)', withNews2Components],
])('NEWS2, %s', (_model, withSet) => {
  it('says nothing of a set that agrees with the chart', () => {
    expect(said(withSet())).toEqual([]);
  });

  it('reads all seven sub-scores and readings into one group', () => {
    const news2 = news2Of(contextOf(withSet()(aSummary().build())));
    const [group] = news2.groups;
    expect([
      news2.groups.length,
      (group?.fromComponents.length ?? 0) + (group?.fromMembers.length ?? 0),
      group?.readings.length,
    ]).toEqual([1, 7, 7]);
  });

  it('names total, sum and addends where they do not agree', () => {
    expect(said(withSet(({ total }) => (total.valueInteger = 9)))).toEqual([
      [
        'news2-03',
        'warning',
        'The NEWS2 total is not the sum of its sub-scores. Send the total and sub-scores of one assessment.',
      ],
    ]);
  });

  it('names the bounds and what is missing where a total is out of reach', () => {
    const example = withSet((set) => {
      set.leaveOut('temperature');
      set.total.valueInteger = 9;
    });
    expect(said(example).filter(([rule]) => rule === 'news2-04')).toEqual([
      [
        'news2-04',
        'warning',
        'The NEWS2 total does not fit its sub-scores, whatever the values of the missing ones (temperature). Send the total and sub-scores of one assessment.',
      ],
    ]);
  });

  it('knows that a missing level of consciousness scores 0 or 3', () => {
    const withTotal = (total: number) => (set: News2Set) => {
      setScores(set, Object.fromEntries(PARAMETERS.map((parameter) => [parameter, 0])), total);
      set.leaveOut('consciousness');
    };
    const isDoubted = (total: number) => rulesOf(withSet(withTotal(total))).includes('news2-04');
    expect([0, 1, 2, 3].filter(isDoubted)).toEqual([1, 2]);
  });

  it('names the legal set of a sub-score outside it', () => {
    expect(said(withSet((set) => setScores(set, { airOrOxygen: 1 }, 7)))).toContainEqual([
      'news2-02',
      'warning',
      'The air or oxygen sub-score is not a value of the NEWS2 chart. Send 0 or 2.',
    ]);
  });

  it.each([-1, 21, 40])('says that a total of %d is out of range, and no more', (total) => {
    expect(rulesOf(withSet((set) => (set.total.valueInteger = total)))).toEqual(['news2-01']);
  });

  it('finds the published temperature fault: the sum agrees, the reading of 37.5 does not', () => {
    const example = withSet(({ readings }) => Object.assign(readings.temperature, quantity(37.5, 'Cel')));
    expect(said(example)).toEqual(
      expect.arrayContaining([
        [
          'news2-07',
          'warning',
          'The temperature sub-score is not what the NEWS2 chart gives for its reading. Check both, and send the reading that was scored.',
        ],
        [
          'news2-20',
          'information',
          'The NEWS2 total is not what the NEWS2 chart gives for its readings. Check the total, and send the readings that were scored.',
        ],
      ]),
    );
  });

  it('converts a reading in Fahrenheit for checking, and leaves an unknown unit uncompared', () => {
    const fahrenheit = withSet(({ readings }) =>
      Object.assign(readings.temperature, quantity(101.3, '[degF]')),
    );
    const unknown = withSet(({ readings }) => Object.assign(readings.temperature, quantity(37.5, 'furlong')));
    expect([said(fahrenheit), said(unknown)]).toEqual([[], []]);
  });

  it('accepts the score of either band of a reading between two', () => {
    const example = (score: number) =>
      withSet((set) => {
        Object.assign(set.readings.temperature, quantity(39.05, 'Cel'));
        setScores(set, { temperature: score }, 5 + score);
      });
    expect([said(example(1)), said(example(2)), rulesOf(example(0))]).toEqual([
      [],
      [],
      expect.arrayContaining(['news2-07']),
    ]);
  });

  it('suspects the other saturation scale where only that fits', () => {
    const example = withSet((set) => {
      Object.assign(set.readings.oxygenSaturation, quantity(90, '%'));
      setScores(set, { oxygenSaturation: 0 }, 5);
    });
    expect(said(example)[0]).toEqual([
      'news2-09',
      'warning',
      'The sub-score is coded as SpO₂ scale 1, but only scale 2 gives this score for the reading. Check which scale was used, and send its code.',
    ]);
  });

  it('scores scale 2 by what was breathed', () => {
    const onScale2 = (saturation: number, score: number, air: 'air' | 'oxygen') =>
      withSet((set) => {
        set.scores.oxygenSaturation.code = coded(subscoreOf('oxygenSaturation', 2).code);
        Object.assign(set.readings.oxygenSaturation, quantity(saturation, '%'));
        const breathed = air === 'air' ? '722742002' : '371825009';
        set.readings.airOrOxygen.valueCodeableConcept = coded(breathed);
        const oxygen = air === 'air' ? 0 : 2;
        setScores(set, { oxygenSaturation: score, airOrOxygen: oxygen }, 5 + score + oxygen);
      });
    expect([
      said(onScale2(97, 0, 'air')),
      said(onScale2(97, 3, 'oxygen')),
      said(onScale2(90, 0, 'oxygen')),
      rulesOf(onScale2(97, 0, 'oxygen')),
    ]).toEqual([[], [], [], expect.arrayContaining(['news2-09'])]);
  });

  it('holds the air or oxygen sub-score against what the readings say', () => {
    const example = withSet((set) => {
      set.readings.airOrOxygen.valueCodeableConcept = coded('371825009');
    });
    expect(said(example)).toEqual(
      expect.arrayContaining([
        [
          'news2-10',
          'warning',
          'The air or oxygen sub-score does not agree with the readings. Send 0 if the patient was breathing room air when they were taken, and 2 if the patient was on oxygen.',
        ],
      ]),
    );
  });

  it.each([
    ['a concept', { valueCodeableConcept: coded('300202002') }],
    ['a letter', { valueString: 'V' }],
    ['a word', { valueCodeableConcept: { text: 'voice' } }],
  ])('holds consciousness against an ACVPU level given as %s', (_as, value) => {
    const example = withSet(({ readings }) => {
      delete readings.consciousness.valueCodeableConcept;
      Object.assign(readings.consciousness, value);
    });
    expect(said(example)[0]).toEqual([
      'news2-11',
      'warning',
      'The consciousness sub-score does not agree with the ACVPU reading. Alert scores 0, any other level 3.',
    ]);
  });

  it('leaves readings and scores of an unreliable status out of every comparison', () => {
    const example = withSet(({ readings }) => {
      Object.assign(readings.temperature, quantity(37.5, 'Cel'));
      readings.temperature.status = 'entered-in-error';
    });
    expect(said(example)).toEqual([]);
  });

  it('says that the patient was too young for NEWS2', () => {
    const summary = withSet()(aSummary().birthDate('2012-03-14').build());
    expect(foundBy(observation, summary).told.map(({ rule, severity }) => [rule, severity])).toContainEqual([
      'news2-21',
      'information',
    ]);
  });

  it('never changes what was sent', () => {
    const summary = withSet(({ total }) => (total.valueInteger = 19))(aSummary().build());
    const before = JSON.stringify(summary);
    foundBy(observation, summary);
    expect(JSON.stringify(summary)).toBe(before);
  });
});

describe('NEWS2, both saturation scales', () => {
  const both = (first: number, second: number, total: number) =>
    withNews2((set) => {
      Object.assign(set.readings.oxygenSaturation, quantity(86, '%'));
      set.scores.oxygenSaturation.valueInteger = first;
      const scale2 = set.add(subscoreOf('oxygenSaturation', 2).code, {
        valueInteger: second,
        derivedFrom: [set.refer(set.readings.oxygenSaturation)],
      });
      set.total.hasMember = [...(set.total.hasMember as JsonObject[]), scale2];
      set.total.valueInteger = total;
    });

  it('tells which scale makes the total right', () => {
    expect([said(both(3, 1, 8)), said(both(3, 1, 6))]).toEqual([
      [
        [
          'news2-05',
          'warning',
          'Sub-scores for both SpO₂ scales were sent, but only one scale applies to a patient. The total fits scale 1. Send the one that was used.',
        ],
      ],
      [
        [
          'news2-05',
          'warning',
          'Sub-scores for both SpO₂ scales were sent, but only one scale applies to a patient. The total fits scale 2. Send the one that was used.',
        ],
      ],
    ]);
  });

  it('tells that both were counted, as in the published national example', () => {
    expect(said(both(3, 1, 9))).toEqual([
      [
        'news2-05',
        'warning',
        'Sub-scores for both SpO₂ scales were sent, but only one scale applies to a patient. The total fits neither scale. Send the one that was used.',
      ],
      [
        'news2-06',
        'warning',
        'The NEWS2 total includes both SpO₂ scales. Include only the scale that was used.',
      ],
    ]);
  });
});

describe('NEWS2, what comes with what', () => {
  it('says of a bare total that nothing came with it', () => {
    const example = withNews2(({ summary, total }) => {
      delete total.hasMember;
      summary.entry = (summary.entry as { resource: AnyResource }[]).filter(
        ({ resource }) => resource.resourceType !== 'Observation' || resource === total,
      );
    });
    expect(rulesOf(example).sort()).toEqual(['news2-15', 'vw-gen-10']);
  });

  it('asks for links, not for sub-scores, where they were sent without', () => {
    const example = withNews2(({ total }) => delete total.hasMember);
    expect([
      rulesOf(example),
      foundBy(observation, example(aSummary().build())).told.map(({ rule }) => rule),
    ]).toEqual([[], ['vw-obs-23']]);
  });

  it('warns of a sub-score derived from the wrong reading, and informs of saturation for air or oxygen', () => {
    const wrong = withNews2(({ scores, readings, refer }) => {
      scores.systolicBloodPressure.derivedFrom = [refer(readings.pulse)];
    });
    const tolerated = withNews2(({ scores, readings, refer }) => {
      scores.airOrOxygen.derivedFrom = [refer(readings.oxygenSaturation)];
    });
    const brief = (example: typeof wrong) => said(example).map(([rule, severity]) => [rule, severity]);
    expect([brief(wrong), brief(tolerated)]).toEqual([
      [['news2-13', 'warning']],
      [['news2-13', 'information']],
    ]);
  });

  it('finds a circle of Observations, and says so at its links only', () => {
    const example = withNews2(({ total, readings, refer }) => {
      readings.pulse.derivedFrom = [refer(total)];
    });
    const told = foundBy(observation, example(aSummary().build())).told.filter(
      ({ rule }) => rule === 'vw-obs-27',
    );
    expect(
      told.map(({ at, severity }) => [at.replace(/^Bundle\.entry\[\d+\]\.resource\./, ''), severity]),
    ).toEqual([
      ['derivedFrom[0]', 'warning'],
      ['derivedFrom[0]', 'warning'],
      ['hasMember[4]', 'warning'],
    ]);
  });

  it('takes a blood pressure panel with a systolic component for the right reading', () => {
    const example = withNews2(({ scores, add }) => {
      const component = [
        { code: coded('72313002'), ...quantity(105, 'mm[Hg]') },
        { code: coded('1091811000000102'), ...quantity(70, 'mm[Hg]') },
      ];
      scores.systolicBloodPressure.derivedFrom = [add('75367002', { component })];
    });
    expect(said(example)).toEqual([]);
  });
});

describe('NEWS2, raw readings', () => {
  const ofReading = (parameter: Parameter, value: number, code: string) =>
    said(withNews2(({ readings }) => Object.assign(readings[parameter], quantity(value, code)))).filter(
      ([rule]) => rule === 'news2-22',
    );

  it('names the limit of an impossible reading, and compares it with nothing', () => {
    expect(
      said(withNews2(({ readings }) => Object.assign(readings.oxygenSaturation, quantity(101, '%')))),
    ).toEqual([
      [
        'news2-22',
        'warning',
        'This reading is impossible. A value below 0 or above 100 % suggests a typing mistake or a faulty device. Check it. It was left out of the NEWS2 checks.',
      ],
    ]);
  });

  it('says of a temperature of 98.6 that it is probably in Fahrenheit', () => {
    expect(ofReading('temperature', 98.6, 'Cel')).toEqual([
      [
        'news2-22',
        'warning',
        'This reading is impossible. A value below 13 or above 47 Cel suggests a typing mistake or a faulty device. Check it. It is probably in Fahrenheit. Send the UCUM code [degF], or convert it. It was left out of the NEWS2 checks.',
      ],
    ]);
  });

  it('warns of pressures the wrong way round', () => {
    const example = withNews2(({ readings }) => {
      readings.systolicBloodPressure.component = [
        { code: coded('1091811000000102'), ...quantity(140, 'mm[Hg]') },
      ];
    });
    expect(said(example)).toEqual([
      [
        'news2-22',
        'warning',
        'The systolic pressure is not higher than the diastolic pressure. Check that they were not swapped.',
      ],
    ]);
  });
});

describe('NEWS2, at size', () => {
  it('follows each reference a fixed number of times, however many Observations there are', () => {
    const followed = (count: number): number => {
      const summary = aSummary().observations(count).build();
      const context = contextOf(summary);
      const { resolve } = context;
      let calls = 0;
      context.resolve = (...asked) => {
        calls += 1;
        return resolve(...asked);
      };
      for (const entry of context.entriesOf('Observation')) {
        for (const rule of observation.rules) Array.from(rule.check(entry.resource, context, entry) ?? []);
      }
      return calls / count;
    };
    expect(followed(480)).toBeLessThan(followed(48) * 1.1);
  });
});

it('warns of a score for children beside a NEWS2 total, also where the total does not name it', () => {
  const beside = said(withNews2(({ add }) => void add('1363331000000103', { valueInteger: 1 })));
  expect(beside).toContainEqual(['news2-21', 'warning', expect.stringContaining('within fifteen minutes')]);
  const later = { effectiveDateTime: '2025-03-09T23:00:00+00:00' };
  const apart = said(withNews2(({ add }) => void add('1363331000000103', { valueInteger: 1, ...later })));
  expect(apart.filter(([rule]) => rule === 'news2-21')).toEqual([]);
});
