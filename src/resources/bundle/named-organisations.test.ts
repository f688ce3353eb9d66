import { aSummary } from '../../../test/fixtures/summary';
import type { Json, JsonObject } from '../../fhir/types';
import { organisationsNamedIn, practiceIn } from './named-organisations';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const byIdentifier = (value: string): { identifier: { system: string; value: string } } => ({
  identifier: { system: ODS, value },
});

describe('the practice of a patient', () => {
  const at = Date.parse('2026-01-02T03:04:05Z');
  const practiceOf = (...generalPractitioner: Json[]): ReturnType<typeof practiceIn> =>
    practiceIn(aSummary().with('Patient.generalPractitioner', generalPractitioner).build(), at);

  it('is the first whose code holds at that time, with its name', () => {
    const identifier = (value: string, more: JsonObject): JsonObject => ({ system: ODS, value, ...more });
    expect(
      practiceOf(
        { identifier: identifier('B99999', { use: 'old' }), display: 'The earlier surgery' },
        { identifier: identifier('C82001', { period: { end: '2025-12-31' } }) },
        { identifier: identifier('a12345', { period: { end: '2026-02-01' } }), display: 'The Surgery' },
        byIdentifier('B81001'),
      ),
    ).toEqual({ code: 'A12345', name: 'The Surgery' });
    expect(practiceOf()).toBeUndefined();
  });

  it('is that of a role, and that of a search', () => {
    const organization = { ...byIdentifier('C82001'), display: 'The Surgery' };
    const summary = aSummary()
      .with('Patient.contained', [{ resourceType: 'PractitionerRole', id: 'gp', organization }])
      .with('Patient.generalPractitioner', [{ reference: '#gp', display: 'Dr Jones' }]);
    expect(practiceIn(summary.build(), at)).toEqual({ code: 'C82001', name: 'The Surgery' });
    expect(practiceOf({ reference: `Organization?identifier=${ODS}|D83001` })).toEqual({ code: 'D83001' });
  });
});

describe('the organisations that a summary names', () => {
  it('are found by identifier, in capitals', () => {
    const summary = aSummary()
      .with('Patient.generalPractitioner', [byIdentifier('a12345')])
      .with('DocumentReference.custodian', byIdentifier('RYY'))
      .build();
    expect(organisationsNamedIn(summary)).toEqual({ practices: ['A12345'], custodians: ['RYY'] });
  });

  it('are found behind a reference to an entry', () => {
    const { custodians } = organisationsNamedIn(aSummary().build());
    expect(custodians).toEqual(['RR8']);
  });

  it('are found in a contained resource, and through a role', () => {
    const summary = aSummary()
      .with('Patient.contained', [
        { resourceType: 'Organization', id: 'practice', identifier: [{ system: ODS, value: 'B81001' }] },
        { resourceType: 'PractitionerRole', id: 'gp', organization: byIdentifier('C82001') },
      ])
      .with('Patient.generalPractitioner', [{ reference: '#practice' }, { reference: '#gp' }])
      .build();
    expect(organisationsNamedIn(summary).practices).toEqual(['B81001', 'C82001']);
  });

  it.each([
    ['that names itself', (_: number) => 0],
    ['that leads to thousands of others', (index: number) => index + 1],
  ])('are found behind a role %s', (_, next) => {
    const role = (index: number) => ({
      fullUrl: `https://x.example/Organization/${index}`,
      resource: {
        resourceType: 'PractitionerRole',
        identifier: [{ system: ODS, value: `E8${index}` }],
        organization: { reference: `https://x.example/Organization/${next(index)}/_history/1` },
      },
    });
    const bundle = aSummary()
      .with('Patient.generalPractitioner', [{ reference: 'https://x.example/Organization/0' }])
      .build();
    const entry = [
      ...(bundle.entry as object[]),
      ...Array.from({ length: 30_000 }, (_each, index) => role(index)),
    ];
    const { practices } = organisationsNamedIn({ ...bundle, entry } as typeof bundle);
    expect(practices).toEqual(next(0) === 0 ? ['E80'] : ['E80', 'E81']);
  });

  it('are found in a reference that is a search', () => {
    const summary = aSummary()
      .with('Patient.generalPractitioner', [{ reference: `Organization?identifier=${ODS}|D83001` }])
      .build();
    expect(organisationsNamedIn(summary).practices).toEqual(['D83001']);
  });

  it('are none where only other systems identify them', () => {
    const summary = aSummary()
      .with('Patient.generalPractitioner', [
        { identifier: { system: 'https://example.org', value: 'A12345' } },
      ])
      .build();
    expect(organisationsNamedIn(summary).practices).toEqual([]);
  });

  it('are read once, however many references lead to them', () => {
    const contained = { resourceType: 'Organization', id: 'o' };
    const references = Array.from({ length: 50 }, () => ({ reference: '#o' }));
    const summary = aSummary().with('Patient.generalPractitioner', references).build();
    let asked = 0;
    const identifier = Array.from({ length: 50 }, (_, n) => byIdentifier(`A${n}`).identifier);
    Object.defineProperty(contained, 'identifier', { get: () => ((asked += 1), identifier) });
    const [patient] = (summary.entry as { resource: JsonObject }[]).filter(
      ({ resource }) => resource.resourceType === 'Patient',
    );
    patient!.resource.contained = [contained];
    expect(organisationsNamedIn(summary).practices).toHaveLength(50);
    expect(asked).toBe(1);
  });
});
