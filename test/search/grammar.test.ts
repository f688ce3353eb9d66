/** One line per parameter type, modifier and prefix: what is asked, and whom it finds. */
import type { AnyResource } from '../../src/fhir/types';
import { BASE_URL, openHarness, type Harness } from './harness';
import { NHS_NUMBER, SNOMED, UCUM } from './pools';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { patientIdOf } from './population';

const ZOE = patientIdOf(nhsNumberOf(1));
const JOHN = patientIdOf(nhsNumberOf(2));
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const resources: Record<string, AnyResource> = {
  trust: {
    resourceType: 'Organization',
    id: id(1),
    name: 'Leeds Teaching Hospitals',
    alias: ['LTHT'],
    identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' }],
  },
  practice: {
    resourceType: 'Organization',
    id: id(2),
    name: 'Surgery',
    partOf: { reference: `Organization/${id(1)}` },
  },
  zoe: {
    resourceType: 'Patient',
    id: ZOE,
    active: true,
    gender: 'female',
    birthDate: '1950-02-03',
    identifier: [
      {
        system: NHS_NUMBER,
        value: nhsNumberOf(1),
        type: { coding: [{ system: 'urn:t', code: 'NH' }], text: 'NHS number' },
      },
      { system: 'urn:mrn', value: 'A|1' },
    ],
    name: [{ family: 'Müller', given: ['Zoë'] }],
    address: [{ city: 'Leeds', postalCode: 'LS10 4YU' }],
    telecom: [{ system: 'phone', value: '0113 1', use: 'home' }],
    managingOrganization: { reference: `Organization/${id(2)}` },
  },
  john: {
    resourceType: 'Patient',
    id: JOHN,
    gender: 'male',
    birthDate: '1950-02',
    deceasedDateTime: '2023-03-01',
    identifier: [{ system: NHS_NUMBER, value: nhsNumberOf(2) }],
    name: [{ family: 'Smith', given: ['John'], prefix: ['Dr'] }, { family: 'Smythe' }],
    telecom: [{ system: 'email', value: 'john@nhs.uk' }],
    managingOrganization: { identifier: { system: 'urn:org', value: 'X' } },
  },
  stay: {
    resourceType: 'Encounter',
    id: id(3),
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HH', display: 'home health' },
    identifier: [{ value: 'E1' }],
    subject: { reference: `Patient/${ZOE}` },
    period: { start: '2023-01-07T13:34:00+01:00', end: '2023-01-15T15:21:00+01:00' },
    serviceProvider: { reference: `Organization/${id(1)}` },
    length: { value: 8, unit: 'days', system: UCUM, code: 'd' },
  },
  running: {
    resourceType: 'Encounter',
    id: id(4),
    status: 'in-progress',
    subject: { reference: `Patient/${JOHN}` },
    class: { code: 'VR' },
    period: { start: '2023-02-01' },
    partOf: { reference: `Encounter/${id(3)}` },
  },
  news: {
    resourceType: 'Observation',
    id: id(5),
    status: 'final',
    valueInteger: 5,
    meta: {
      profile: ['https://acme.org/fhir/Obs|1.2'],
      source: 'https://acme.org/system#1',
      tag: [{ system: 'urn:tag', code: 'x' }],
    },
    code: {
      coding: [{ system: SNOMED, code: '1104051000000101', display: 'NEWS2 total score' }],
      text: 'Early warning',
    },
    subject: { reference: `Patient/${ZOE}` },
    encounter: { reference: `Encounter/${id(3)}` },
    effectiveDateTime: '2023-01-08T09:30:00Z',
    hasMember: [{ reference: `Observation/${id(6)}` }],
  },
  rate: {
    resourceType: 'Observation',
    id: id(6),
    status: 'final',
    code: {
      coding: [
        { system: SNOMED, code: '86290005' },
        { system: 'http://loinc.org', code: '9279-1' },
      ],
    },
    subject: { reference: `Patient/${ZOE}/_history/1` },
    encounter: { reference: `Encounter/${id(3)}` },
    effectiveDateTime: '2023-01-08',
    valueQuantity: { value: 36.5, unit: 'per minute', system: UCUM, code: '/min' },
  },
  pressure: {
    resourceType: 'Observation',
    id: id(7),
    status: 'amended',
    code: { coding: [{ system: SNOMED, code: '75367002' }] },
    subject: { reference: `Patient/${JOHN}` },
    effectivePeriod: { start: '2023-01-09', end: '2023-01-10' },
    component: [
      {
        code: { coding: [{ system: SNOMED, code: '72313002' }] },
        valueQuantity: { value: 120, system: UCUM, code: 'mm[Hg]', unit: 'mmHg' },
      },
      {
        code: { coding: [{ system: SNOMED, code: '1091811000000102' }] },
        valueQuantity: { value: 80, system: UCUM, code: 'mm[Hg]', unit: 'mmHg' },
      },
    ],
  },
  words: {
    resourceType: 'Observation',
    id: id(8),
    status: 'final',
    code: { text: 'Only words' },
    subject: { identifier: { system: NHS_NUMBER, value: nhsNumberOf(2) } },
    valueString: 'Alert, and oriented',
  },
  summary: {
    resourceType: 'DocumentReference',
    id: id(9),
    status: 'current',
    date: '2023-01-15T15:30:00Z',
    masterIdentifier: { system: 'urn:doc', value: '12345' },
    subject: { reference: `Patient/${ZOE}` },
    custodian: { reference: `Organization/${id(1)}` },
    description: 'Summary of the stay',
    content: [
      {
        attachment: {
          contentType: 'application/pdf',
          url: 'https://acme.org/docs/a/1',
          creation: '2023-01-15',
        },
      },
    ],
    relatesTo: [
      { code: 'replaces', target: { reference: `DocumentReference/${id(10)}` } },
      { code: 'appends', target: { reference: `DocumentReference/${id(11)}` } },
    ],
    context: { encounter: [{ reference: `Encounter/${id(3)}` }] },
  },
  ward: {
    resourceType: 'Location',
    id: id(12),
    status: 'active',
    name: 'Ward',
    position: { latitude: 53.8, longitude: -1.55 },
  },
};
const names = new Map(Object.entries(resources).map(([name, resource]) => [String(resource.id), name]));

/** The search, and the names of those it finds, in alphabetical order. */
const TABLE: readonly (readonly [string, string])[] = [
  // token
  ['Patient?gender=female', 'zoe'],
  ['Patient?gender=http://hl7.org/fhir/administrative-gender|male', 'john'],
  ['Patient?gender=http://hl7.org/fhir/administrative-gender|', 'john zoe'],
  ['Patient?gender=urn:other|male', ''],
  ['Patient?gender=male,female', 'john zoe'],
  ['Patient?gender:not=female', 'john'],
  ['Patient?active=true', 'zoe'],
  ['Patient?active:missing=true', 'john'],
  ['Patient?active:not=true', 'john'],
  ['Patient?deceased=true', 'john'],
  [`Patient?identifier=${NHS_NUMBER}|${nhsNumberOf(1)}`, 'zoe'],
  [`Patient?identifier=${nhsNumberOf(1)}`, 'zoe'],
  ['Patient?identifier=urn:mrn|', 'zoe'],
  ['Patient?identifier=urn:mrn|A\\|1', 'zoe'],
  [`Patient?identifier:of-type=urn:t|NH|${nhsNumberOf(1)}`, 'zoe'],
  [`Patient?identifier:of-type=urn:t|MR|${nhsNumberOf(1)}`, ''],
  ['Patient?identifier:text=nhs', 'zoe'],
  ['Patient?phone=0113 1', 'zoe'],
  ['Patient?email=john@nhs.uk', 'john'],
  ['Patient?telecom=home|0113 1', ''],
  ['Encounter?identifier=|E1', 'stay'],
  ['Encounter?identifier=urn:x|E1', ''],
  ['Encounter?class=HH', 'stay'],
  ['Encounter?class:text=home', 'stay'],
  [`Observation?code=${SNOMED}|86290005`, 'rate'],
  ['Observation?code=9279-1', 'rate'],
  ['Observation?code=http://loinc.org|86290005', ''],
  ['Observation?code:text=news2', 'news'],
  ['Observation?code:text=EARLY', 'news'],
  ['Observation?code:missing=false', 'news pressure rate words'],
  ['Observation?code:not=86290005', 'news pressure words'],
  ['Observation?combo-code=72313002,86290005', 'pressure rate'],
  // string
  ['Patient?family=mull', 'zoe'],
  ['Patient?family=müll', 'zoe'],
  ['Patient?family=ller', ''],
  ['Patient?family:contains=ller', 'zoe'],
  ['Patient?family:exact=Müller', 'zoe'],
  ['Patient?family:exact=Muller', ''],
  ['Patient?name=dr', 'john'],
  ['Patient?name=zoe,smyt', 'john zoe'],
  ['Patient?phonetic=Smit', 'john'],
  ['Patient?address=LS10', 'zoe'],
  ['Patient?address-postalcode=ls10 4', 'zoe'],
  ['Observation?value-string=alert\\, and', 'words'],
  ['Organization?name=lt', 'trust'],
  // date
  ['Patient?birthdate=1950-02-03', 'zoe'],
  ['Patient?birthdate=1950-02', 'john zoe'],
  ['Patient?birthdate=ne1950-02-03', 'john'],
  ['Patient?death-date=gt2023', ''],
  ['Patient?death-date=le2023', 'john'],
  ['Encounter?date=2023-01', 'stay'],
  ['Encounter?date=2023', 'stay'],
  ['Encounter?date=ge2023-02-01', 'running'],
  ['Encounter?date=gt2023-01-15', 'running'],
  ['Encounter?date=lt2023-01-08', 'stay'],
  ['Encounter?date=sa2023-01-31', 'running'],
  ['Encounter?date=eb2023-02-01', 'stay'],
  ['Observation?date=2023-01-08', 'news rate'],
  ['Observation?date=2023-01-08T09:30:00Z', 'news'],
  ['Observation?date=2023-01-08T10:30:00%2B01:00', 'news'],
  ['Observation?date=ge2023-01-08T09:30:01Z', 'pressure rate'],
  ['Observation?date=ap2023-01-08', 'news pressure rate'],
  ['Observation?date:missing=true', 'words'],
  ['Observation?date=ge2023-01-08&date=le2023-01-08', 'news rate'],
  ['DocumentReference?creation=2023-01-15', 'summary'],
  // quantity
  ['Observation?value-quantity=36.5', 'rate'],
  ['Observation?value-quantity=36', ''],
  ['Observation?value-quantity=37', 'rate'],
  ['Observation?value-quantity=37.0', ''],
  ['Observation?value-quantity=4e1', 'rate'],
  ['Observation?value-quantity=ap35', 'rate'],
  ['Observation?value-quantity=gt36.4', 'rate'],
  ['Observation?value-quantity=lt36.5', ''],
  [`Observation?value-quantity=36.5|${UCUM}|/min`, 'rate'],
  ['Observation?value-quantity=36.5||/min', 'rate'],
  ['Observation?value-quantity=36.5||per minute', 'rate'],
  ['Observation?value-quantity=36.5|urn:x|/min', ''],
  ['Encounter?length=8', 'stay'],
  // reference
  [`Observation?subject=Patient/${ZOE}`, 'news rate'],
  [`Observation?patient=${ZOE}`, 'news rate'],
  [`Observation?subject:Patient=${ZOE}`, 'news rate'],
  [`Observation?subject=${BASE_URL}/Patient/${JOHN}`, 'pressure'],
  [`Observation?subject=Group/${ZOE}`, ''],
  [`Observation?patient:identifier=${NHS_NUMBER}|${nhsNumberOf(1)}`, 'news rate'],
  [`Observation?subject:identifier=${NHS_NUMBER}|${nhsNumberOf(2)}`, 'pressure words'],
  [`Observation?patient.identifier=${NHS_NUMBER}|${nhsNumberOf(1)}`, 'news rate'],
  [`Observation?subject:Patient.identifier=${nhsNumberOf(1)}`, 'news rate'],
  ['Observation?patient:identifier=urn:mrn|A\\|1', 'news rate'],
  ['Observation?patient:missing=true', 'words'],
  ['Observation?subject:missing=true', ''],
  [`Observation?encounter=${id(3)}&status=final`, 'news rate'],
  ['Patient?organization:identifier=urn:org|X', 'john'],
  // uri
  ['Observation?_profile=https://acme.org/fhir/Obs', 'news'],
  ['Observation?_profile=https://acme.org/fhir/Obs|1.2', 'news'],
  ['Observation?_profile=https://acme.org/fhir', ''],
  ['Observation?_profile:below=https://acme.org/fhir', 'news'],
  ['DocumentReference?location:below=https://acme.org/docs/', 'summary'],
  ['DocumentReference?location:above=https://acme.org/docs/a/1/page', 'summary'],
  ['Observation?_source=https://acme.org/system#1', 'news'],
  // composite
  ['Observation?code-value-quantity=86290005$gt30', 'rate'],
  ['Observation?code-value-quantity=86290005$gt40', ''],
  ['Observation?component-code-value-quantity=72313002$120', 'pressure'],
  ['Observation?component-code-value-quantity=72313002$80', ''],
  ['Observation?combo-code-value-quantity=72313002$gt100,86290005$lt100', 'pressure rate'],
  ['Observation?combo-value-quantity=80', 'pressure'],
  [`DocumentReference?relationship=DocumentReference/${id(10)}$replaces`, 'summary'],
  [`DocumentReference?relationship=DocumentReference/${id(10)}$appends`, ''],
  // common
  [`Patient?_id=${ZOE},${JOHN},nonsense`, 'john zoe'],
  ['Observation?_tag=urn:tag|x', 'news'],
  ['Observation?_lastUpdated=gt2020', 'news pressure rate words'],
  ['Observation?_lastUpdated=lt2020', ''],
  ['Location?near=53.8|-1.5|10|km', 'ward'],
  ['Location?near=51.5|-0.1|10|km', ''],
  // chains
  ['Observation?patient.name=zoe', 'news rate'],
  ['Observation?encounter.service-provider.name=leeds', 'news rate'],
  ['Patient?organization.partof.name=leeds', 'zoe'],
  ['Encounter?part-of:Encounter.status=finished', 'running'],
  ['Encounter?subject:Patient.gender:not=female', 'running'],
  ['Patient?_has:Observation:patient:code=86290005', 'zoe'],
  ['Patient?_has:Encounter:subject:status=in-progress', 'john'],
  ['Encounter?_has:Observation:encounter:code=86290005', 'stay'],
  ['Observation?_has:Observation:has-member:code=1104051000000101', 'rate'],
  ['Organization?_has:Encounter:service-provider:_has:Observation:encounter:value-quantity=36.5', 'trust'],
  ['Patient?_has:Observation:patient:encounter.status=finished', 'zoe'],
];

describe('a search', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await openHarness();
    await harness.store(Object.values(resources));
  });
  afterAll(() => harness.close());

  it.each(TABLE)('%s finds «%s»', async (query, wanted) => {
    const [type = '', rest = ''] = [query.slice(0, query.indexOf('?')), query.slice(query.indexOf('?') + 1)];
    const params = rest.split('&').map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1).replace('%2B', '+')];
    });
    const { matches, total } = await harness.search(type, params);
    expect(
      matches
        .map((match) => names.get(match.id))
        .sort()
        .join(' '),
    ).toBe(wanted);
    expect(total).toBe(matches.length);
  });
});
