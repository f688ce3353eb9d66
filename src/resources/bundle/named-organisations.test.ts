import { aSummary } from '../../../test/fixtures/summary';
import { organisationsNamedIn } from './named-organisations';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const byIdentifier = (value: string): { identifier: { system: string; value: string } } => ({
  identifier: { system: ODS, value },
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
});
