/** `$everything`, `$summary` and Binary: what the records lead to comes with them, over any number of steps. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { aSummary } from '../fixtures/summary';
import { accepted } from '../semantics/sending';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

interface Entry {
  resource: { resourceType: string; id: string; identifier?: { value: string }[] };
  search: { mode: string };
}

const uuid = (number: number): string => `0b8f6c52-93fd-4d1c-8e8b-${String(number).padStart(12, '0')}`;
const to = (number: number): JsonObject => ({ reference: `urn:uuid:${uuid(number)}` });
const entryOf = (number: number, resource: AnyResource): JsonObject => ({
  fullUrl: `urn:uuid:${uuid(number)}`,
  resource: { id: uuid(number), ...resource },
});

/** The stay's summary with a chain of resources that belong to nobody behind its first reading. */
function withChain(bundle: AnyResource): void {
  const entries = bundle.entry as { fullUrl: string; resource: AnyResource }[];
  const patient = entries.find(({ resource }) => resource.resourceType === 'Patient')!;
  const reading = entries.find(({ resource }) => resource.resourceType === 'Observation')!;
  reading.resource.device = to(1);
  reading.resource.performer = [to(2)];
  const subject = { reference: patient.fullUrl };
  (bundle.entry as JsonObject[]).push(
    entryOf(1, { resourceType: 'Device', owner: to(4), deviceName: [{ name: 'Oximeter', type: 'other' }] }),
    entryOf(2, { resourceType: 'PractitionerRole', practitioner: to(3), healthcareService: [to(5)] }),
    entryOf(3, { resourceType: 'Practitioner', name: [{ family: 'Nurse' }] }),
    entryOf(4, {
      resourceType: 'Organization',
      name: 'Maker of oximeters',
      identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RXX' }],
    }),
    entryOf(5, { resourceType: 'HealthcareService', location: [to(6)], name: 'Virtual ward' }),
    entryOf(6, { resourceType: 'Location', name: 'Hub', partOf: to(7) }),
    entryOf(7, { resourceType: 'Location', name: 'Hospital' }),
    entryOf(8, {
      resourceType: 'MedicationStatement',
      status: 'active',
      subject,
      medicationReference: to(9),
    }),
    entryOf(9, { resourceType: 'Medication', code: { text: 'Paracetamol' } }),
  );
}

let homeward: Homeward;
let patient: string;
let stay: string;

beforeAll(async () => {
  homeward = await startHomeward();
  await accepted(homeward, aSummary().changed(withChain));
  await accepted(homeward, aSummary().stay(2).nhsNumber(nhsNumberOf(7)).changed(withOne));
  const nhs = encodeURIComponent('https://fhir.nhs.uk/Id/nhs-number|9990000018');
  patient = (await get(`Patient?identifier=${nhs}`)).json.entry[0].resource.id;
  stay = (await get(`Encounter?patient:identifier=${nhs}`)).json.entry[0].resource.id;
});
afterAll(() => homeward.close());

/** Another patient's summary with a Device, to which nothing of the first patient leads. */
function withOne(bundle: AnyResource): void {
  (bundle.entry as JsonObject[]).push(
    entryOf(20, { resourceType: 'Device', deviceName: [{ name: 'Another', type: 'other' }] }),
  );
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, { headers });
const countsOf = ({ json }: Reply): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { resource } of json.entry as Entry[])
    counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  return counts;
};
const NOBODYS = {
  Device: 1,
  PractitionerRole: 1,
  Practitioner: 1,
  Organization: 2,
  HealthcareService: 1,
  Location: 2,
  Medication: 1,
};

describe('$everything', () => {
  it('of a Patient holds what the records lead to, over any number of steps', async () => {
    expect(countsOf(await get(`Patient/${patient}/$everything`))).toMatchObject({ ...NOBODYS, Patient: 1 });
  });

  it('of a stay holds it too', async () => {
    expect(countsOf(await get(`Encounter/${stay}/$everything`))).toMatchObject({ ...NOBODYS, Encounter: 1 });
  });

  it('keeps to the types asked for, whatever is between them', async () => {
    const counts = countsOf(await get(`Patient/${patient}/$everything?_type=Observation,Location`));
    expect(Object.keys(counts).sort()).toEqual(['Location', 'Observation']);
  });

  it('names each resource once, as what it is', async () => {
    const entries = (await get(`Encounter/${stay}/$everything`)).json.entry as Entry[];
    const keys = entries.map(({ resource }) => `${resource.resourceType}/${resource.id}`);
    expect(new Set(keys).size).toBe(keys.length);
    const modes = entries.filter(({ resource }) => resource.resourceType === 'Location');
    expect(modes.map(({ search }) => search.mode)).toEqual(['include', 'include']);
  });

  it('leads no further than the caller may read', async () => {
    const token = homeward.token('system/Patient.r system/Observation.r system/PractitionerRole.r');
    const reply = await homeward.call('GET', `/FHIR/R4/Patient/${patient}/$everything`, { token });
    expect(countsOf(reply)).toEqual({ Patient: 1, Observation: 16, PractitionerRole: 1 });
  });

  it('never cuts: all of 230 practitioners come, and in pages where an answer has no room for them', async () => {
    const small = await startHomeward({ MAX_ANSWER_BYTES: '262144' });
    try {
      const many = (bundle: AnyResource): void => {
        const entries = bundle.entry as { resource: AnyResource }[];
        const readings = entries.filter(({ resource }) => resource.resourceType === 'Observation');
        for (const [index, { resource }] of readings.entries()) resource.performer = [to(100 + index)];
        for (const index of readings.keys())
          (bundle.entry as JsonObject[]).push(
            entryOf(100 + index, {
              resourceType: 'Practitioner',
              name: [{ family: `Nurse ${'x'.repeat(200)}` }],
            }),
          );
      };
      const summary = aSummary().observations(230).changed(many);
      await accepted(small, summary.bytes());
      await accepted(homeward, summary.stay(3).nhsNumber(nhsNumberOf(9)).bytes());
      const nhs = encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${nhsNumberOf(9)}`);
      const { id } = (await get(`Patient?identifier=${nhs}`)).json.entry[0].resource;
      expect(countsOf(await get(`Patient/${id}/$everything?_count=1000`)).Practitioner).toBe(230);

      const [{ resource }] = (await small.call('GET', '/FHIR/R4/Patient')).json.entry as [Entry];
      const practitioners = new Set<string>();
      let url: string | undefined = `/FHIR/R4/Patient/${resource.id}/$everything`;
      let pages = 0;
      while (url !== undefined) {
        const page: Reply = await small.call('GET', url);
        expect([page.status, page.bytes.length <= 262_144]).toEqual([200, true]);
        pages += 1;
        for (const each of page.json.entry as Entry[])
          if (each.resource.resourceType === 'Practitioner') practitioners.add(each.resource.id);
        url = page.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
      }
      expect(practitioners.size).toBe(230);
      expect(pages).toBeGreaterThan(1);
    } finally {
      await small.close();
    }
  });
});

describe('$summary', () => {
  it('of a stay holds what the records lead to', async () => {
    expect(countsOf(await get(`Encounter/${stay}/$summary`))).toMatchObject(NOBODYS);
  });
});

describe('a document that is FHIR itself', () => {
  let url: string;
  const text = JSON.stringify({ resourceType: 'Basic', id: 'mine' });
  beforeAll(async () => {
    await accepted(
      homeward,
      aSummary()
        .stay(4)
        .nhsNumber(nhsNumberOf(11))
        .with('DocumentReference.content[1]', {
          attachment: {
            contentType: 'application/fhir+json',
            creation: '2025-03-10T14:20:00+00:00',
            data: Buffer.from(text).toString('base64'),
          },
        }),
    );
    const nhs = encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${nhsNumberOf(11)}`);
    const found = await get(`DocumentReference?patient:identifier=${nhs}`);
    url = found.json.entry[0].resource.content[1].attachment.url;
  });

  it.each([
    ['application/fhir+json', ''],
    ['application/fhir+xml', ''],
    ['*/*', '?_format=application%2Ffhir%2Bjson'],
    ['*/*', '?_format=json'],
  ])('is a Binary where FHIR is asked for (Accept: %s %s)', async (accept, query) => {
    const reply = await get(`${url}${query}`, { Accept: accept });
    expect(reply.status).toBe(200);
    expect(reply.bytes.toString()).toMatch(/^\{"resourceType":"Binary"|<Binary/);
  });

  it.each(['*/*', 'application/*', 'text/html,*/*;q=0.8'])(
    'is the document with Accept: %s',
    async (accept) => {
      expect((await get(url, { Accept: accept })).bytes.toString()).toBe(text);
    },
  );
});

describe('a batch', () => {
  it('may ask for the CapabilityStatement', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4', {
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { request: { method: 'GET', url: 'metadata' } },
          { request: { method: 'GET', url: '/metadata?_elements=fhirVersion' } },
          { request: { method: 'HEAD', url: 'metadata' } },
        ],
      },
    });
    const [whole, part, head] = reply.json.entry;
    expect(whole.resource).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
    expect(part.resource.rest).toBeUndefined();
    expect([whole, part, head].map(({ response }) => response.status)).toEqual(['200', '200', '200']);
    expect(head.resource).toBeUndefined();
  });
});
