import { numberText, isNumber } from '../../src/fhir/decimal';
import type { AnyResource, Json } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { judge } from './judge';

const only = (resource: object): AnyResource => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: [{ resource: resource as Json }],
});
/** What a repair makes of one element of a resource that is valid in no other way. */
function mended(resourceType: string, element: string, value: Json): Json | undefined {
  const resource: AnyResource = { resourceType, [element]: value };
  judge(only(resource));
  return resource[element];
}

describe('a number that came as a string', () => {
  it.each([
    ['12', 12],
    ['-3', -3],
    ['+7', 7],
    ['007', 7],
  ])('%s is the whole number %d', (text, number) => {
    expect(mended('Observation', 'valueInteger', text)).toBe(number);
  });

  it.each(['', ' 12', '12.0', '1e3', 'twelve', '١٢'])('%p is left for R4 to refuse', (text) => {
    expect(mended('Observation', 'valueInteger', text)).toBe(text);
  });

  it('keeps the digits of a decimal', () => {
    const quantity = mended('Observation', 'valueQuantity', { value: '36.50', unit: 'C' }) as {
      value: number | string;
    };
    expect(isNumber(quantity.value) && numberText(quantity.value)).toBe('36.50');
  });

  it('stays a string where R4 has one', () => {
    expect(mended('Observation', 'valueString', '12')).toBe('12');
  });
});

describe('a time in the hour that spring leaves out', () => {
  it('is read as winter time, with a warning that says so', () => {
    const bundle = only({ resourceType: 'Observation', effectiveDateTime: '2025-03-30T01:30:00' });
    const { issues } = judge(bundle);
    expect(issues.find(({ rule }) => rule === 'zone-assumed')?.text).toBe(
      'The time has no time zone offset. This hour does not exist in the UK, because the clocks go forward. It was read as winter time (+00:00). Send the offset: Z or +00:00 in winter, +01:00 in summer.',
    );
  });
});

describe('a time without a zone', () => {
  it.each([
    ['2025-01-07T13:34:00', '2025-01-07T13:34:00+00:00'],
    ['2025-07-07T13:34:00', '2025-07-07T13:34:00+01:00'],
    ['2025-07-07T13:34:00.250', '2025-07-07T13:34:00.250+01:00'],
    ['2025-03-30T00:59:59', '2025-03-30T00:59:59+00:00'],
    ['2025-03-30T02:00:00', '2025-03-30T02:00:00+01:00'],
    ['2025-10-26T01:30:00', '2025-10-26T01:30:00+01:00'],
    ['2025-10-26T02:00:00', '2025-10-26T02:00:00+00:00'],
    ['1970-01-01T12:00:00', '1970-01-01T12:00:00+01:00'],
  ])('%s is %s', (sent, read) => {
    expect(mended('Observation', 'effectiveDateTime', sent)).toBe(read);
  });

  it.each(['2025-01-07', '2025-01', '2025-01-07T13:34', '2025-01-07T13:34:00Z', '2025-01-07T13:34:00-05:00'])(
    '%s is left as it is',
    (sent) => expect(mended('Observation', 'effectiveDateTime', sent)).toBe(sent),
  );

  it('is read so in extensions and in the Bundle itself', () => {
    const bundle = aSummary()
      .with('Bundle.meta.lastUpdated', '2025-03-10T14:25:00')
      .with('Encounter.extension', [
        { url: 'https://a.nhs.uk/reviewed', valueDateTime: '2025-03-10T12:00:00' },
      ])
      .build();
    expect(judge(bundle).told).toEqual([
      'warning zone-assumed Bundle.meta.lastUpdated',
      'warning zone-assumed Bundle.entry[2].resource.extension[0].value',
    ]);
  });
});

describe('the code system of SNOMED CT', () => {
  it.each([
    'https://snomed.info/sct',
    'http://snomed.info/sct/',
    'http://snomed.info/sct/999000041000000102',
    'http://snomed.info/sct/999000041000000102/version/20230412',
    'urn:oid:2.16.840.1.113883.6.96',
    '2.16.840.1.113883.6.96',
  ])('%s is read as the right one', (system) => {
    expect(mended('Condition', 'code', { coding: [{ system, code: '1' }] })).toEqual({
      coding: [{ system: 'http://snomed.info/sct', code: '1' }],
    });
  });

  it.each(['http://snomed.info/id', 'http://snomed.org/sct', 'http://loinc.org'])(
    '%s is left as it is',
    (system) => {
      expect(mended('Condition', 'code', { coding: [{ system }] })).toEqual({ coding: [{ system }] });
    },
  );
});

describe('identifiers, wherever they stand', () => {
  it('are mended from the system to the value', () => {
    const subject = { identifier: { system: 'http://fhir.nhs.uk/Id/nhs-number', value: '999 000-0018' } };
    expect(mended('Condition', 'subject', subject)).toEqual({
      identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' },
    });
  });

  it('have ODS codes in capitals, under the right system', () => {
    expect(
      mended('Organization', 'identifier', [
        { system: 'http://fhir.nhs.uk/Id/ods-organisation-code', value: 'rr8' },
      ]),
    ).toEqual([{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' }]);
  });
});

describe('a property with a stray colon', () => {
  it('is renamed where R4 has that name and it is absent', () => {
    const name = [{ 'family:': 'O', given: ['M'] }];
    expect(mended('Patient', 'name', name)).toEqual([{ family: 'O', given: ['M'] }]);
  });

  it('is left for R4 to refuse where not', () => {
    const name = [{ 'family:': 'O', family: 'P', 'clan:': 'Q' }];
    expect(mended('Patient', 'name', name)).toEqual([{ 'family:': 'O', family: 'P', 'clan:': 'Q' }]);
  });
});

describe('a bare id as a reference', () => {
  it('is read as the fullUrl of the one resource of an allowed type', () => {
    const bundle = aSummary().build();
    const [patient, , encounter] = bundle.entry as { fullUrl: string; resource: AnyResource }[];
    if (!patient || !encounter) throw new Error('the summary has its entries');
    encounter.resource.subject = { reference: String(patient.resource.id) };
    expect(judge(bundle).told).toEqual(['warning ref-bare-id Bundle.entry[2].resource.subject']);
    expect(encounter.resource.subject).toEqual({ reference: patient.fullUrl });
  });

  it('that fits no resource is left for R4 to refuse', () => {
    const told = judge(aSummary().with('Encounter.subject', { reference: 'nobody' }).build()).told;
    expect(told).toContain('error vw-xref-01 Bundle.entry[2].resource.subject');
  });
});
