import type { Json } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { judge } from './judge';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const STATUS = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
const CODES = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus';
const PATIENT = 'Bundle.entry[0].resource';
const verified = {
  url: STATUS,
  valueCodeableConcept: { coding: [{ system: `${CODES}England`, code: '01' }] },
};
const number = (value: Json, more: object = {}): Json => ({
  extension: [verified],
  system: NHS,
  value,
  ...more,
});
const told = (identifier: Json): string[] =>
  judge(aSummary().with('Patient.identifier', identifier).build()).told;

describe('the NHS number of a Patient', () => {
  it.each<[string, Json, string[]]>([
    ['is missing with every identifier', [], [`error vw-patient-03 ${PATIENT}.identifier`]],
    [
      'is missing among local ones',
      [{ system: 'https://a.nhs.uk/mrn', value: 'A1' }],
      [`error vw-patient-04 ${PATIENT}.identifier`],
    ],
    [
      'is another beside the first',
      [number('9990000018'), number('9990000026')],
      [`error vw-patient-04 ${PATIENT}.identifier`],
    ],
    [
      'is there twice',
      [number('9990000018'), number('9990000018')],
      [`warning vw-patient-04 ${PATIENT}.identifier`],
    ],
    [
      'has a system of the sender’s own',
      [{ system: 'https://a.nhs.uk/nhs', value: '9990000018' }],
      [`error vw-patient-05 ${PATIENT}.identifier[0].system`],
    ],
    [
      'has no value',
      [{ extension: [verified], system: NHS }],
      [`error vw-patient-06 ${PATIENT}.identifier[0].value`],
    ],
    ['has nine digits', [number('999000001')], [`error vw-patient-06 ${PATIENT}.identifier[0].value`]],
    ['has letters', [number('999000001X')], [`error vw-patient-06 ${PATIENT}.identifier[0].value`]],
    [
      'has another check digit',
      [number('9990000019')],
      [`error vw-patient-07 ${PATIENT}.identifier[0].value`],
    ],
    [
      'is one digit ten times',
      [number('9999999999')],
      [`error vw-patient-07 ${PATIENT}.identifier[0].value`],
    ],
  ])('%s', (_, identifier, expected) => {
    expect(told(identifier).sort()).toEqual([...expected].sort());
  });

  it('is told to be one fault where its value is of another type', () => {
    expect(told([number(9990000018)])).toEqual([`error vw-patient-06 ${PATIENT}.identifier[0].value`]);
  });

  it.each([
    [{ system: `${CODES}England`, code: '02' }, []],
    [
      { system: `${CODES}England`, code: '05' },
      ['The trace of the NHS number needs to be resolved (status 05)'],
    ],
  ])('is a matter of review only where its trace needs to be resolved', (coding, review) => {
    const status = { url: STATUS, valueCodeableConcept: { coding: [coding] } };
    const judged = judge(
      aSummary()
        .with('Patient.identifier', [number('9990000018', { extension: [status] })])
        .build(),
    );
    expect(judged.told).toEqual([`warning vw-patient-12 ${PATIENT}.identifier[0].extension[0]`]);
    expect(judged.review).toEqual(review);
  });

  it('of the test range is refused where the site refuses it', () => {
    expect(judge(aSummary().build(), 'default', 'refuse').told).toEqual([
      `error vw-patient-08 ${PATIENT}.identifier[0].value`,
    ]);
  });
});

describe('the retired verification status', () => {
  it('is given its present code, the coding sent beside it', () => {
    const coding = { system: CODES, code: '02' };
    const status = { url: STATUS, valueCodeableConcept: { coding: [coding] } };
    const { told: all, repairs } = judge(
      aSummary()
        .with('Patient.identifier', [number('9990000018', { extension: [status] })])
        .build(),
    );
    expect(all).toEqual([
      `warning nhsstatus-legacy ${PATIENT}.identifier[0].extension[0]`,
      `warning vw-patient-12 ${PATIENT}.identifier[0].extension[0]`,
    ]);
    expect(repairs).toEqual([
      {
        norm: 'nhsstatus-legacy',
        path: `${PATIENT}.identifier[0].extension[0]`,
        before: [coding],
        after: [{ system: `${CODES}England`, code: '02', display: 'Number present but not traced' }, coding],
      },
    ]);
  });
});

describe('the date of birth', () => {
  it('is missing: accepted, and marked for review', () => {
    const { told: all, review } = judge(aSummary().without('Patient.birthDate').build());
    expect(all).toContain(`warning vw-patient-22 ${PATIENT}.birthDate`);
    expect(review).toEqual(['The Patient has no date of birth to check the NHS number against']);
  });

  it.each(['2025-03-12', '12/03/1950', '1950-13-01', '1950-03-14T00:00:00Z'])(
    'is refused as %s',
    (birthDate) => {
      const errors = judge(aSummary().birthDate(birthDate).build()).told.filter((line) =>
        line.startsWith('error'),
      );
      expect(errors.map((line) => line.split(' ').at(-1))).toEqual([`${PATIENT}.birthDate`]);
    },
  );

  it.each(['1950', '1950-03'])('may be known in part: %s', (birthDate) => {
    expect(judge(aSummary().birthDate(birthDate).build()).told).toEqual([]);
  });
});

describe('a date of birth of more than 130 years ago', () => {
  it.each(['0001-01-01', '1825', '1800-01-01'])(
    'has a warning, and is marked for review: %s',
    (birthDate) => {
      const { told: all, review } = judge(aSummary().birthDate(birthDate).build());
      expect(all).toEqual([`warning vw-patient-22 ${PATIENT}.birthDate`]);
      expect(review).toEqual(['The date of birth is more than 130 years ago']);
    },
  );
});

describe('the death', () => {
  it('told twice and in contradiction is taken for neither, and marked for review', () => {
    const bundle = aSummary()
      .with('Patient.deceasedBoolean', false)
      .with('Patient.deceasedDateTime', '2025-03-09')
      .build();
    const { told: all, review } = judge(bundle);
    expect(all).toEqual([`warning deceased-both ${PATIENT}.deceased`]);
    expect(review).toEqual(['The summary says both that the patient is alive and when they died']);
    expect(JSON.stringify(bundle)).not.toContain('deceased');
  });

  it('told twice, once as a string, is taken for the date', () => {
    const bundle = aSummary()
      .with('Patient.deceasedBoolean', 'true')
      .with('Patient.deceasedDateTime', '2025-03-10T20:00:00Z')
      .build();
    expect(judge(bundle).told).toEqual([
      `warning type-string-to-bool ${PATIENT}.deceased`,
      `warning deceased-both ${PATIENT}.deceased`,
    ]);
  });

  it('before the stay and its readings is a warning, for review', () => {
    const {
      told: all,
      issues,
      review,
    } = judge(aSummary().with('Patient.deceasedDateTime', '2024-12-24').build());
    expect(all).toEqual([`warning vw-patient-24 ${PATIENT}.deceased`]);
    expect(issues[0]?.text).toMatch(
      /^The date of death is before the start of the stay, \d+ readings\. Check the dates/,
    );
    expect(review).toEqual(['The date of death is before other dates of the summary']);
  });
});

describe('a date of death', () => {
  const reviewed = (summary: ReturnType<typeof aSummary>): string[] => judge(summary.build()).review;
  const before = 'The date of death is before other dates of the summary';

  it('in the middle of the stay is a warning, for review', () => {
    expect(reviewed(aSummary().observations(0).with('Patient.deceasedDateTime', '2025-03-05'))).toEqual([
      before,
    ]);
  });

  it('some hours before the stay is closed is right', () => {
    const summary = aSummary().observations(0).with('Patient.deceasedDateTime', '2025-03-10T00:30:00Z');
    expect(reviewed(summary)).toEqual([]);
  });

  it('in the future is a warning, for review', () => {
    const summary = aSummary().with('Patient.deceasedDateTime', '2099-01-01T00:00:00Z');
    expect(reviewed(summary)).toEqual(['The date of death is in the future']);
  });

  it.each([
    ['effectiveInstant', '2025-03-11T08:30:00Z'],
    ['effectivePeriod', { start: '2025-03-11T08:30:00Z' }],
    ['effectivePeriod', { end: '2025-03-11T08:30:00Z' }],
  ])('before a reading with an %s is a warning, for review', (element, value) => {
    const summary = aSummary()
      .observations(1)
      .without('Observation.effectiveDateTime')
      .with(`Observation.${element}`, value)
      .with('Patient.deceasedDateTime', '2025-03-11T06:00:00Z');
    expect(reviewed(summary)).toEqual([before]);
  });
});

describe('codes of R4’s required bindings', () => {
  it.each([
    ['Patient.gender', 'Female', 'vw-patient-21', 'gender'],
    ['Patient.telecom', [{ system: 'phone', value: '1', use: 'office' }], 'vw-patient-19', 'telecom[0].use'],
    ['Patient.address', [{ postalCode: 'LS1 4AP', use: 'house' }], 'vw-patient-27', 'address[0].use'],
  ])('%s is refused with another code, once', (path, value, rule, place) => {
    expect(
      judge(
        aSummary()
          .with(path, value as Json)
          .build(),
      ).told,
    ).toEqual([`error ${rule} ${PATIENT}.${place}`]);
  });
});
