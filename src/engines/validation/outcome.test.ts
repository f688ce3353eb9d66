import { atOnce } from '../../fhir/slices';
import { guidanceId, type Issue } from '../../fhir/issue';
import { gather as gatherInSlices } from './outcome';

const patient = {
  resourceType: 'Patient',
  birthDate: '1950-01-01',
  deceasedDateTime: '2020-01-01',
  telecom: [{ value: '1' }],
};
const issue = (rule: string, expression: string, more: Partial<Issue> = {}): Issue => ({
  severity: 'error',
  code: 'value',
  rule: guidanceId(rule),
  text: rule,
  expression,
  ...more,
});
const none = { structure: [], guidance: [], repairs: [] };
const rulesOf = (issues: Issue[]): string[] => issues.map(({ rule }) => rule);

const gather = (...found: Parameters<typeof gatherInSlices>) => atOnce(gatherInSlices(...found));

describe('gathering what was found', () => {
  it('lets the guidance speak for R4 at one place', () => {
    const found = gather(patient, {
      ...none,
      structure: [issue('r4-required', 'Patient.gender'), issue('r4-value', 'Patient.birthDate')],
      guidance: [issue('vw-patient-22', 'Patient.birthDate')],
    });
    expect(rulesOf(found)).toEqual(['vw-patient-22', 'r4-required']);
  });

  it('keeps R4’s error beside a milder word of the guidance', () => {
    const found = gather(patient, {
      ...none,
      structure: [issue('r4-value', 'Patient.birthDate')],
      guidance: [issue('vw-patient-22', 'Patient.birthDate', { severity: 'warning' })],
    });
    expect(rulesOf(found)).toEqual(['r4-value', 'vw-patient-22']);
  });

  it('names a choice as FHIRPath does, in what repairs say too', () => {
    const repairs = [issue('zone-assumed', 'Patient.deceasedDateTime')];
    expect(gather(patient, { ...none, repairs }).map(({ expression }) => expression)).toEqual([
      'Patient.deceased',
    ]);
  });

  it('tells once that a reference leads nowhere', () => {
    const guidance = [
      issue('vw-a', 'Patient.link[0].other', { code: 'not-found' }),
      issue('vw-b', 'Patient.link[0].other', { code: 'not-found' }),
    ];
    expect(rulesOf(gather(patient, { ...none, guidance }))).toEqual(['vw-a']);
  });

  it('keeps different remarks about one value', () => {
    const guidance = [
      issue('vw-obs-14', 'Patient.birthDate', { code: 'business-rule' }),
      issue('vw-obs-15', 'Patient.birthDate', { code: 'business-rule' }),
    ];
    expect(rulesOf(gather(patient, { ...none, guidance }))).toEqual(['vw-obs-14', 'vw-obs-15']);
  });

  it('tells in the order of the document, what is absent after its siblings', () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { fullUrl: 'a', resource: patient },
        ...Array.from({ length: 10 }, () => ({ resource: patient })),
      ],
    };
    const places = [
      'Bundle.entry[10].resource.birthDate',
      'Bundle.identifier',
      'Bundle.entry[2].resource.telecom[0]',
      'Bundle.entry[2].resource.gender',
      'Bundle.entry[2].resource.birthDate',
      'Bundle.entry[0].fullUrl',
      'Bundle.entry[2].resource',
      'Bundle.type',
      'Bundle',
    ];
    const found = gather(bundle, { ...none, structure: places.map((place) => issue('r4-value', place)) });
    expect(found.map(({ expression }) => expression)).toEqual([
      'Bundle',
      'Bundle.type',
      'Bundle.entry[0].fullUrl',
      'Bundle.entry[2].resource',
      'Bundle.entry[2].resource.birthDate',
      'Bundle.entry[2].resource.telecom[0]',
      'Bundle.entry[2].resource.gender',
      'Bundle.entry[10].resource.birthDate',
      'Bundle.identifier',
    ]);
  });

  it('keeps what has no place', () => {
    const { expression: _expression, ...placeless } = issue('r4-depth', '');
    expect(gather(patient, { ...none, structure: [placeless] })).toEqual([placeless]);
  });
});
