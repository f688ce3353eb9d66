/**
 * The conventions of the neighbourhood, as docs/conventions.md tells them: what a consumer of IHE MHD and QEDm, of
 * International Patient Access, of the record locator and of GP Connect asks, each found, and found only where it is so.
 */
import { stay } from '../../src/demo/stay';
import { summaryOf } from '../../src/demo/summary';
import { isObject, type JsonObject } from '../../src/fhir/types';
import { stored, type AnyJson } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const SNOMED = 'http://snomed.info/sct';
const QEDM = 'https://profiles.ihe.net/PCC/QEDm/CapabilityStatement/IHE.QEDm.Clinical-Data-Source';

let homeward: Homeward;
/** The ids of the one stay that is looked for, among others. */
let ids: Record<'Patient' | 'Organization' | 'Encounter' | 'DocumentReference' | 'Observation', string>;
let nhsNumber: string;
let trust: string;

const coded = (code: string): JsonObject => ({ coding: [{ system: SNOMED, code }] });

/** A document that has everything that MHD asks for. */
function richly(document: JsonObject): void {
  Object.assign(document, {
    category: [coded('823651000000106')],
    securityLabel: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }] },
    ],
  });
  Object.assign((document.content as JsonObject[])[0]!, {
    format: { system: 'urn:oid:1.3.6.1.4.1.19376.1.2.3', code: 'urn:ihe:iti:xds:2017:mimeTypeSufficient' },
  });
  Object.assign(document.context as JsonObject, {
    event: [coded('183452005')],
    facilityType: coded('264358009'),
    practiceSetting: coded('394802001'),
    related: [{ identifier: { system: 'https://rr8.example/order', value: 'O-1' } }],
  });
}

beforeAll(async () => {
  homeward = await startHomeward();
  for (const index of [4, 3]) {
    const bundle = summaryOf(stay(7, index), { observations: 20, pdf: 'sample' });
    const resources = (bundle.entry as JsonObject[]).map(({ resource }) => resource).filter(isObject);
    if (index === 3) richly(resources.find(({ resourceType }) => resourceType === 'DocumentReference')!);
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: bundle });
    expect([sent.status, sent.json]).toEqual([201, sent.json]);
    const id = sent.headers.get('x-submission-id') ?? '';
    const of = async (type: string): Promise<string> => (await stored(homeward, id, type)).id;
    ids = {
      Patient: await of('Patient'),
      Organization: await of('Organization'),
      Encounter: await of('Encounter'),
      DocumentReference: await of('DocumentReference'),
      Observation: await of('Observation'),
    };
    nhsNumber = homeward.app.patients.nhsNumbersIn(bundle)[0]!;
    trust = JSON.stringify(bundle).match(/ods-organization-code","value":"([A-Z0-9]+)"/)![1]!;
  }
});
afterAll(() => homeward.close());

const named: Record<string, () => string> = {
  '{patient}': () => ids.Patient,
  '{nhs}': () => encodeURIComponent(`${NHS_NUMBER}|${nhsNumber}`),
  '{trust}': () => encodeURIComponent(`${ODS}|${trust}`),
  '{encounter}': () => ids.Encounter,
};
const filled = (query: string): string => query.replace(/\{\w+\}/g, (name) => named[name]!());

/** The matches of a search, by its type and id. */
async function matches(query: string): Promise<string[]> {
  const { status, json } = await homeward.call('GET', `/FHIR/R4/${filled(query)}`);
  expect([status, json?.issue]).toEqual([200, undefined]);
  return (json.entry ?? [])
    .filter(({ search }: AnyJson) => search.mode === 'match')
    .map(({ resource }: AnyJson) => `${resource.resourceType}/${resource.id}`);
}

const MHD = 'DocumentReference?patient.identifier={nhs}&status=current';

describe('IHE MHD', () => {
  it.each([
    ['category', `${SNOMED}|823651000000106`, '103693007'],
    ['creation', 'ge2025-02-15', 'lt2025-02-15'],
    ['date', 'le2025-02-16', 'gt2025-02-16'],
    ['event', '183452005', '1'],
    ['facility', '264358009', '1'],
    ['format', 'urn:ihe:iti:xds:2017:mimeTypeSufficient', 'urn:ihe:pcc:xphr:2007'],
    ['identifier', 'https://rh8.virtual-ward.example/Id/document|VW-7-000004', 'VW-7-000005'],
    ['period', 'ge2020-01-01', 'lt2020-01-01'],
    ['related:identifier', 'https://rr8.example/order|O-1', 'https://rr8.example/order|O-2'],
    ['security-label', 'N', 'R'],
    ['setting', '394802001', '1'],
    ['type', `${SNOMED}|371534008`, '736373009'],
    ['author:Organization.name:missing', 'false', 'true'],
  ])('finds a document by %s (ITI-67)', async (parameter, right, wrong) => {
    const asked = (value: string): string => `${MHD}&${parameter}=${encodeURIComponent(value)}`;
    expect(await matches(asked(right))).toEqual([`DocumentReference/${ids.DocumentReference}`]);
    expect(await matches(asked(wrong))).toEqual([]);
  });

  it('finds no document by an author who is a person, where an organisation wrote it (ITI-67)', async () => {
    expect(await matches(`${MHD}&author.given=Ann&author.family=Lee`)).toEqual([]);
  });

  it('is asked by POST, in both formats (ITI-67), and retrieves the document from its url (ITI-68)', async () => {
    const asked = (format: string): ReturnType<Homeward['call']> =>
      homeward.call('POST', '/FHIR/R4/DocumentReference/_search', {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: format },
        body: Buffer.from(filled('patient.identifier={nhs}&status=current')),
      });
    const xml = await asked('application/fhir+xml');
    expect(xml.bytes.toString()).toContain(`<id value="${ids.DocumentReference}"`);
    const { json } = await asked('application/fhir+json');
    const { url, size, hash, contentType } = json.entry[0].resource.content[0].attachment;
    const document = await homeward.call('GET', new URL(url, `${homeward.fhir}/`).pathname, {
      headers: { Accept: contentType },
    });
    expect(document.headers.get('content-type')).toBe('application/pdf');
    expect([document.bytes.length, typeof hash]).toEqual([size, 'string']);
  });
});

describe('International Patient Access', () => {
  const document = (): string => `DocumentReference/${ids.DocumentReference}`;
  it.each([
    ['Patient?_id={patient}', () => `Patient/${ids.Patient}`],
    ['Patient?identifier={nhs}', () => `Patient/${ids.Patient}`],
    ['DocumentReference?_id={document}&patient={patient}', document],
    ['DocumentReference?patient={patient}&category=823651000000106', document],
    ['DocumentReference?patient={patient}&category=823651000000106&date=ge2020-01-01', document],
    ['DocumentReference?patient={patient}&type=371534008', document],
    ['DocumentReference?patient={patient}&contenttype=application/pdf', document],
    ['DocumentReference?patient={patient}&status=current', document],
    ['DocumentReference?patient={patient}&type=371534008&date=ge2020-01-01', document],
    ['DocumentReference?patient={patient}&type=371534008&period=ge2020-01-01', document],
    ['DocumentReference/$docref?patient={patient}', document],
  ])('answers %s', async (query, expected) => {
    expect(await matches(query.replace('{document}', ids.DocumentReference))).toEqual([expected()]);
  });

  it.each([
    'Observation?patient={patient}&category=vital-signs',
    'Observation?patient=Patient/{patient}&code=http://snomed.info/sct|86290005',
    'Observation?patient={patient}&category=vital-signs&date=ge2020-01-01',
    'Observation?patient={patient}&category=vital-signs&code=86290005&status=final',
  ])('answers %s', async (query) => {
    const found = await matches(query);
    expect(found.length).toBeGreaterThan(0);
    const { json } = await homeward.call('GET', `/FHIR/R4/${found[0]}`);
    expect(json.subject.reference).toBe(`Patient/${ids.Patient}`);
  });
});

describe('the record locator', () => {
  it('finds a document by its subject’s identifier and its custodian’s', async () => {
    const asked = (custodian: string): string =>
      `DocumentReference?subject:identifier={nhs}&type=${SNOMED}|371534008&custodian:Organization.identifier=${custodian}`;
    expect(await matches(asked('{trust}'))).toEqual([`DocumentReference/${ids.DocumentReference}`]);
    expect(await matches(asked(encodeURIComponent(`${ODS}|XXX`)))).toEqual([]);
  });
});

describe('GP Connect', () => {
  it('finds the documents of a patient, with who they are about and who keeps them', async () => {
    const { status, json } = await homeward.call(
      'GET',
      filled(
        '/FHIR/R4/Patient/{patient}/DocumentReference?created=ge2020-01-01&created=le2030-01-01&description=Supplementary' +
          '&_include=DocumentReference:subject:Patient&_include=DocumentReference:custodian:Organization' +
          '&_include=DocumentReference:author:Organization&_include=DocumentReference:author:Practitioner' +
          '&_revinclude:recurse=PractitionerRole:practitioner',
      ),
    );
    expect(status).toBe(200);
    expect(
      json.entry.map(({ resource, search }: AnyJson) => `${search.mode} ${resource.resourceType}`),
    ).toEqual(['match DocumentReference', 'include Patient', 'include Organization']);
    const { attachment } = json.entry[0].resource.content[0];
    expect([typeof attachment.size, attachment.data]).toEqual(['number', undefined]);
  });
});

describe('IHE QEDm', () => {
  it('is instantiated: each of its resources is read, searched and traced to its source', async () => {
    const { json } = await homeward.call('GET', '/FHIR/R4/metadata');
    expect(json.instantiates).toEqual([QEDM]);
    for (const type of ['Observation', 'Encounter']) {
      const capability = json.rest[0].resource.find((each: AnyJson) => each.type === type);
      expect(capability.interaction.map(({ code }: AnyJson) => code)).toEqual(
        expect.arrayContaining(['read', 'search-type']),
      );
      expect(capability.searchRevInclude).toContain('Provenance:target');
      const offered = capability.searchParam.map(({ name }: AnyJson) => name);
      expect(offered).toEqual(expect.arrayContaining(['patient', 'date', 'status']));
    }
    const found = await homeward.call(
      'GET',
      filled('/FHIR/R4/Encounter?patient={patient}&date=ge2020-01-01&_revinclude=Provenance:target'),
    );
    expect(found.json.entry.map(({ resource }: AnyJson) => resource.resourceType)).toEqual([
      'Encounter',
      'Provenance',
    ]);
  });
});
