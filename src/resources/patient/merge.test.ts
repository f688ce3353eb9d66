import type { MergeContext, MergeResult } from '../../definitions/table';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { VERIFICATION_ENGLAND, VERIFICATION_EXTENSION } from '../../terminology/nhs-number-verification';
import { mergeContext } from '../../../test/fixtures/merge-context';
import { mergePatient } from './merge';

const verifiedAs = (code: string): JsonObject => ({
  url: VERIFICATION_EXTENSION,
  valueCodeableConcept: { coding: [{ system: VERIFICATION_ENGLAND, code }] },
});

const patient = (more: JsonObject = {}, status?: string): AnyResource => ({
  resourceType: 'Patient',
  identifier: [
    {
      ...(status === undefined ? {} : { extension: [verifiedAs(status)] }),
      system: 'https://fhir.nhs.uk/Id/nhs-number',
      value: '9990000018',
    },
  ],
  ...more,
});

const merge = (
  stored: AnyResource,
  incoming: AnyResource,
  context: Partial<MergeContext> = {},
): MergeResult => mergePatient(stored, incoming, mergeContext(context));

const kept = (result: MergeResult): AnyResource => {
  if (!result.ok) throw new Error(result.text);
  return result.resource;
};
const told = (result: MergeResult): string[] =>
  result.ok
    ? result.remarks.map(({ severity, rule, element }) => `${severity} ${rule} ${element}`)
    : [`${result.category} ${result.rule} ${result.element}`];

describe('the birth date of a patient who is stored', () => {
  it.each(['1950', '1950-03', undefined])('is kept where the newest submission says %s', (birthDate) => {
    const incoming = patient(birthDate === undefined ? {} : { birthDate });
    expect(kept(merge(patient({ birthDate: '1950-03-14' }), incoming)).birthDate).toBe('1950-03-14');
  });

  it('becomes more precise where the newest submission says more', () => {
    const result = merge(patient({ birthDate: '1950' }), patient({ birthDate: '1950-03-14' }));
    expect(kept(result).birthDate).toBe('1950-03-14');
  });

  it('keeps the time of birth with it', () => {
    const time = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime' }] };
    const stored = patient({ birthDate: '1950-03-14', _birthDate: time });
    for (const birthDate of ['1950', '1950-03-14'])
      expect(kept(merge(stored, patient({ birthDate })))).toMatchObject({
        birthDate: '1950-03-14',
        _birthDate: time,
      });
  });

  it('takes a time of birth that is new', () => {
    const time = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime' }] };
    const incoming = patient({ birthDate: '1950-03-14', _birthDate: time });
    expect(kept(merge(patient({ birthDate: '1950-03-14' }), incoming))._birthDate).toEqual(time);
  });
});

describe('the death of a patient who is stored', () => {
  const dead = patient({ deceasedDateTime: '2025-03-12T10:00:00Z' });

  it.each([{}, { deceasedBoolean: true }, { deceasedDateTime: '2025-03' }])(
    'keeps its date and time where the newest submission says %j',
    (said) => {
      const result = kept(merge(dead, patient(said)));
      expect(result.deceasedDateTime).toBe('2025-03-12T10:00:00Z');
      expect(result.deceasedBoolean).toBeUndefined();
    },
  );

  it.each(['2025-06-11T00:30:00+01:00', '2025-06-11', '2025-06'])(
    'keeps its moment where the newest submission says %s, which is the same moment or less precise',
    (deceasedDateTime) => {
      const stored = patient({ deceasedDateTime: '2025-06-10T23:30:00Z' });
      const result = merge(stored, patient({ deceasedDateTime }));
      expect(kept(result).deceasedDateTime).toBe('2025-06-10T23:30:00Z');
      expect(told(result)).toEqual([]);
    },
  );

  it('is denied by who denies it', () => {
    const result = kept(merge(dead, patient({ deceasedBoolean: false })));
    expect(result.deceasedBoolean).toBe(false);
    expect(result.deceasedDateTime).toBeUndefined();
  });
});

describe('a death that another submission changes', () => {
  const dead = patient({ deceasedDateTime: '2025-03-12' });

  it.each([
    ['takes it back', dead, { deceasedBoolean: false }],
    ['takes back one without a date', patient({ deceasedBoolean: true }), { deceasedBoolean: false }],
    ['has another day', dead, { deceasedDateTime: '2025-06-01' }],
    ['has another month', dead, { deceasedDateTime: '2025-06' }],
    ['has another day in London', dead, { deceasedDateTime: '2025-03-13T00:30:00Z' }],
  ])('has a warning and a review mark where it %s', (_what, stored, said) => {
    const result = merge(stored, patient(said));
    expect(told(result)).toEqual(['warning submission-death-changed deceased']);
    expect(result.ok && result.remarks[0]?.review).toContain('death');
  });

  it.each([
    {},
    { deceasedBoolean: true },
    { deceasedDateTime: '2025' },
    { deceasedDateTime: '2025-03-12T10:00:00Z' },
  ])('has none where the submission says %j', (said) => {
    expect(told(merge(dead, patient(said)))).toEqual([]);
  });

  it('has none where the same lineage corrects it', () => {
    expect(told(merge(dead, patient({ deceasedBoolean: false }), { solelyThisLineage: true }))).toEqual([]);
  });
});

describe('a patient who is found by a condition', () => {
  it('has the same birth date, whoever verified it', () => {
    const [stored, sent] = [patient({ birthDate: '1950' }, '02'), patient({ birthDate: '1980' }, '01')];
    for (const solelyThisLineage of [true, false])
      expect(told(merge(stored, sent, { isFoundByCondition: true, solelyThisLineage }))).toEqual([
        'conflict submission-other-person birthDate',
      ]);
  });
});

describe('a patient of whom only one submission gives the birth date', () => {
  const mother = patient({ birthDate: '1990-01-01', name: [{ family: 'Lane', given: ['Ada'] }] });

  it('has a warning and a review mark where no given name is the same', () => {
    const result = merge(mother, patient({ name: [{ family: 'Lane', given: ['Baby'] }] }));
    expect(told(result)).toEqual(['warning submission-demographics name']);
    expect(result.ok && result.remarks[0]?.review).toContain('No birth date could be compared');
  });

  it('has none where a given name is the same', () => {
    expect(told(merge(mother, patient({ name: [{ family: 'Smith', given: ['Ada'] }] })))).toEqual([]);
  });
});

describe('the verification of an NHS number', () => {
  it.each([undefined, '02', '05'])('stays, where a later submission says %s', (status) => {
    const result = merge(patient({}, '01'), patient({}, status));
    expect(kept(result)).toEqual(patient({}, '01'));
    expect(told(result)).toEqual(['information submission-verification-kept identifier']);
  });

  it('protects the birth date from whoever verified the number too', () => {
    const result = merge(patient({ birthDate: '1950' }, '01'), patient({ birthDate: '1980' }, '01'));
    expect(told(result)).toEqual(['conflict submission-other-person birthDate']);
  });

  it('stays when the period ends that the number was sent with', () => {
    const stored = patient({ birthDate: '1950', meta: { lastUpdated: '2025-01-01T10:00:00Z' } }, '01');
    for (const identifier of stored.identifier as JsonObject[]) identifier.period = { end: '2025-06-30' };
    expect(told(merge(stored, patient({ birthDate: '1980' }, '01')))).toEqual([
      'conflict submission-other-person birthDate',
    ]);
    const unverified = merge(stored, patient({ birthDate: '1950' }, '02'));
    expect(kept(unverified).identifier).toEqual(patient({}, '01').identifier);
  });

  it('replaces a birth date that was never verified, with a warning', () => {
    const result = merge(patient({ birthDate: '1950' }, '02'), patient({ birthDate: '1980' }, '01'));
    expect(kept(result).birthDate).toBe('1980');
    expect(told(result)).toEqual(['warning submission-demographics birthDate']);
  });

  it('keeps nothing of the patient whose birth date was never verified', () => {
    const stored = patient({ birthDate: '1950', gender: 'male', deceasedDateTime: '2025-03-12' }, '02');
    const sent = patient({ birthDate: '1980' }, '01');
    const result = merge(stored, sent);
    expect(kept(result)).toEqual(sent);
    expect(result.ok && result.remarks[0]?.review).toContain('another person');
  });

  it('is not carried to a birth date that the same lineage corrects', () => {
    const incoming = patient({ birthDate: '1980' }, '02');
    const result = merge(patient({ birthDate: '1950' }, '01'), incoming, { solelyThisLineage: true });
    expect(kept(result)).toEqual(incoming);
  });
});

describe('a patient with one NHS number and another name', () => {
  const ada = patient({ name: [{ family: "O'Brien", given: ['Ada', 'May'] }], gender: 'female' });

  it('is accepted with a warning and a review mark, where family name, given names and gender all differ', () => {
    const result = merge(ada, patient({ name: [{ family: 'Lane', given: ['Tom'] }], gender: 'male' }));
    expect(told(result)).toEqual(['warning submission-demographics name']);
    expect(result.ok && result.remarks[0]?.review).toContain('all differ');
  });

  it.each([
    ['family name and gender', { name: [{ family: 'OBRIEN', given: ['Tom'] }], gender: 'female' }],
    ['one given name', { name: [{ family: 'Lane', given: ['May'] }], gender: 'male' }],
    ['the gender', { name: [{ family: 'Lane', given: ['Tom'] }], gender: 'female' }],
    ['nothing, and gives no gender', { name: [{ family: 'Lane', given: ['Tom'] }] }],
    [
      'nothing, and does not know the gender',
      { name: [{ family: 'Lane', given: ['Tom'] }], gender: 'unknown' },
    ],
  ])('is accepted without a word where it shares %s', (_what, said) => {
    expect(told(merge(ada, patient(said)))).toEqual([]);
  });
});

describe('a patient with one NHS number, the same family name, and other given names and gender', () => {
  const ada = patient({
    birthDate: '1950-03-14',
    name: [{ family: 'Lane', given: ['Ada'] }],
    gender: 'female',
  });
  const tom = { birthDate: '1950-03-14', name: [{ family: 'LANE', given: ['Tom'] }], gender: 'male' };

  it('may be a twin: a warning and a review mark', () => {
    const result = merge(ada, patient(tom));
    expect(told(result)).toEqual(['warning submission-demographics name']);
    expect(result.ok && result.remarks[0]?.review).toContain('twin');
  });

  it('is accepted without a word where one of the two does not give the gender', () => {
    expect(told(merge(ada, patient({ ...tom, gender: 'unknown' })))).toEqual([]);
  });
});

describe('a patient of a submission that was made before the stored version', () => {
  const late = { isLate: true };
  const stored = patient({ name: [{ family: 'Married' }], birthDate: '1950' });

  it('leaves what is stored current', () => {
    const result = merge(stored, patient({ name: [{ family: 'Maiden' }], birthDate: '1950' }), late);
    expect(kept(result)).toEqual(stored);
    expect(result).toMatchObject({ isBehind: true, remarks: [] });
  });

  it('adds what is not stored: a death, a gender, a birth date that says more, and a verification', () => {
    const more = { birthDate: '1950-03-14', gender: 'female', deceasedDateTime: '2025-03-11' };
    const result = kept(merge(stored, patient({ ...more, name: [{ family: 'Maiden' }] }, '01'), late));
    expect(result).toMatchObject({ ...more, name: [{ family: 'Married' }] });
    expect(result.identifier).toEqual(patient({}, '01').identifier);
  });

  it.each([{ deceasedBoolean: false }, { deceasedDateTime: '2025-03-12' }])(
    'has a warning and a review mark where it has a death and the stored one says %j',
    (said) => {
      const result = merge(patient(said), patient({ deceasedDateTime: '2025-03-11' }), late);
      expect(kept(result)).toEqual(patient(said));
      expect(told(result)).toEqual(['warning submission-death-changed deceased']);
      expect(result.ok && result.remarks[0]?.review).toContain('death');
    },
  );

  it('is a conflict with another birth date, as in time', () => {
    expect(told(merge(stored, patient({ birthDate: '1951' }), late))).toEqual([
      'conflict submission-other-person birthDate',
    ]);
  });
});

describe('a patient who comes beside no summary', () => {
  const beside = { isInSummary: false };
  const stored = patient({ birthDate: '1950-03-14', name: [{ family: 'Lane' }] });
  const other = patient({ birthDate: '1950', name: [{ family: 'Mallory' }] });

  it('stays as it is, where the sender has no stay or document and did not bring the stored version', () => {
    const result = merge(stored, other, beside);
    expect(kept(result)).toEqual(stored);
    expect(told(result)).toEqual(['warning submission-patient-without-stay ']);
  });

  it('is marked for review with a death that is not stored', () => {
    const reasonOf = (said: JsonObject): string | undefined => {
      const result = merge(stored, patient(said), beside);
      return result.ok ? result.remarks[0]?.review : undefined;
    };
    expect(reasonOf({ deceasedDateTime: '2025-03-12' })).toContain('death');
    expect(reasonOf({})).toBeUndefined();
  });

  it('is a conflict with another birth date, verified or not', () => {
    expect(told(merge(stored, patient({ birthDate: '1951' }, '01'), beside))).toEqual([
      'conflict submission-other-person birthDate',
    ]);
  });

  it.each(['isInCare', 'isOwn'] as const)('becomes the next version where %s', (who) => {
    expect(kept(merge(stored, other, { ...beside, [who]: true })).name).toEqual([{ family: 'Mallory' }]);
  });

  it('has no warning where nothing differs', () => {
    expect(told(merge(stored, stored, { ...beside, differs: false }))).toEqual([]);
  });
});

describe('an update of a patient', () => {
  it('is forbidden to a sender that has neither a stay nor a document of the patient', () => {
    const result = merge(patient(), patient({ gender: 'male' }), { isUpdate: true });
    expect(told(result)).toEqual(['forbidden submission-patient-not-yours ']);
  });

  it('follows the same guards where the sender takes part in the care', () => {
    const context = { isUpdate: true, isInCare: true };
    const stored = patient({ birthDate: '1950-03-14' }, '01');
    expect(kept(merge(stored, patient({ birthDate: '1950' }), context))).toEqual(stored);
    expect(told(merge(stored, patient({ birthDate: '1951' }), context))).toEqual([
      'conflict submission-other-person birthDate',
    ]);
  });
});

describe('a death that is stored', () => {
  const reason = {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  };

  it.each(['_deceasedBoolean', '_deceasedDateTime'])(
    'is kept where the newest submission gives only a reason for no value in %s',
    (name) => {
      const merged = kept(merge(patient({ deceasedDateTime: '2025-03-11' }), patient({ [name]: reason })));
      expect(merged.deceasedDateTime).toBe('2025-03-11');
      expect(merged[name]).toBeUndefined();
    },
  );
});

describe('the label of a restricted record', () => {
  const label = (code: string): JsonObject => ({
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code }] },
  });
  const codes = (result: MergeResult): unknown[] =>
    ((kept(result).meta ?? {}) as { security?: { code: string }[] }).security?.map(({ code }) => code) ?? [];
  const other = { system: 'https://labels.example.nhs.uk', code: 'mine' };

  it('stays where the newest submission does not have it, beside its other labels', () => {
    const result = merge(patient(label('R')), patient({ meta: { profile: ['a'], security: [other] } }));
    expect(codes(result)).toEqual(['R', 'mine']);
    expect(kept(result).meta).toMatchObject({ profile: ['a'] });
    expect(told(result)).toEqual(['warning submission-label-kept ']);
    expect(codes(merge(patient(label('R')), patient(), { solelyThisLineage: true }))).toEqual(['R']);
  });

  it('stays where another sender says that the record is not restricted', () => {
    const result = merge(patient(label('V')), patient(label('U')));
    expect(codes(result)).toEqual(['V']);
    expect(told(result)).toEqual(['warning submission-label-kept meta.security']);
  });

  it('is taken away by a correction of the lineage that says otherwise of its own Patient', () => {
    const result = merge(patient(label('R')), patient(label('N')), { solelyThisLineage: true });
    expect(codes(result)).toEqual(['N']);
    expect(told(result)).toEqual([]);
  });

  it('is set by any newer submission, and by an older one that comes late', () => {
    expect(codes(merge(patient(), patient(label('R'))))).toEqual(['R']);
    expect(codes(merge(patient(), patient(label('R')), { isLate: true }))).toEqual(['R']);
    expect(codes(merge(patient(label('N')), patient()))).toEqual([]);
  });
});
