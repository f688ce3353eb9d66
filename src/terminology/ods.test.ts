import { inCapitals, isOdsCodeShape, odsCodeInCapitals, odsSystemFor } from './ods';

describe('an ODS code', () => {
  it.each(['RR8', 'RR801', 'A81001', 'A81001001', 'QWO', 'X26', 'NVC04', 'A1A1A', 'FA123'])(
    'may be %s',
    (code) => expect(isOdsCodeShape(code)).toBe(true),
  );

  it.each(['', 'RR', 'rr8', 'RR 8', 'RR-801', 'ABCDEFGHIJKLM'])('is not %p', (code) =>
    expect(isOdsCodeShape(code)).toBe(false),
  );

  it('is folded by the letters a to z alone', () => {
    expect(inCapitals('rr8-ıſß.é')).toBe('RR8-ıſß.é');
    expect(odsCodeInCapitals('ıı8')).toBe('ıı8');
    expect(odsCodeInCapitals('rxx')).toBe('RXX');
  });

  it('has a system whose near misses are known', () => {
    expect(
      [
        'http://fhir.nhs.uk/Id/ods-organization-code',
        'https://fhir.nhs.uk/Id/ods-organisation-code',
        'http://fhir.nhs.uk/Id/ods-site-code',
        'https://fhir.nhs.uk/Id/ods-organization-code',
        'https://example.org/ods',
      ].map(odsSystemFor),
    ).toEqual([
      'https://fhir.nhs.uk/Id/ods-organization-code',
      'https://fhir.nhs.uk/Id/ods-organization-code',
      'https://fhir.nhs.uk/Id/ods-site-code',
      undefined,
      undefined,
    ]);
  });
});
