/** What a clinician reads of a stay in words: what was retracted, and what a value does not confirm. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { plain, Visitor } from './visitor';

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  homeward = await startHomeward();
  visitor = new Visitor(homeward);
  await visitor.signIn('clinician');
});
afterAll(() => homeward.close());

const submit = async (bytes: Buffer): Promise<void> => {
  expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body: bytes })).status).toBe(201);
};
const find = async (number: string) => {
  await visitor.get('/console/patients');
  return visitor.post('/console/patients', { 'nhs-number': number });
};
const staysOf = (text: string): string[] =>
  [...text.matchAll(/href="(\/console\/stays\/[0-9a-f-]+)"/g)].map(([, path]) => path!);

describe('a stay whose document was retracted and replaced', () => {
  it('is not marked as entered in error: the document is', async () => {
    const number = '9990000085';
    const first = aSummary().stay(13).nhsNumber(number);
    await submit(first.bytes());
    const second = first.correction(2).changed((bundle) => {
      const entries = bundle.entry as { fullUrl: string; resource: AnyResource }[];
      const wrong = entries.find(({ resource }) => resource.resourceType === 'DocumentReference')!.resource;
      const id = 'a4a1f3c0-0000-4000-8000-000000000013';
      const masterIdentifier = { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` };
      const right = structuredClone({ ...wrong, id, masterIdentifier, description: 'The right one' });
      wrong.status = 'entered-in-error';
      entries.push({ fullUrl: `urn:uuid:${id}`, resource: right });
    });
    await submit(second.bytes());
    const patient = await visitor.get((await find(number)).location!);
    const stays = staysOf(patient.text);
    expect([stays.length, plain(patient.text).includes('Entered in error')]).toEqual([1, false]);
    const { text } = await visitor.get(stays[0]!);
    expect(plain(/<h1[\s\S]*?<\/h1>/.exec(text)![0])).not.toContain('Entered in error');
    const [, documents] = text.split('<section id="document"');
    expect(plain(documents!.split('</section>')[0]!).match(/Entered in error/g)).toHaveLength(1);
  });
});

describe('an air or oxygen reading whose value does not confirm its code', () => {
  it.each<[string, string, JsonObject, string]>([
    ['9990000093', '371825009', { valueBoolean: false }, 'Sent as Patient on oxygen with value no (0)'],
    [
      '9990000107',
      '371825009',
      { dataAbsentReason: { text: 'not asked' } },
      'Sent as Patient on oxygen with no value: not asked (0)',
    ],
    [
      '9990000123',
      '722742002',
      { valueQuantity: { value: 4, unit: 'L/min', system: 'http://unitsofmeasure.org', code: 'L/min' } },
      'Sent as Breathing room air with value 4 L/min (0)',
    ],
  ])('is shown as it was sent, and not charted (%s)', async (number, code, value, words) => {
    const summary = aSummary()
      .stay(Number(number) % 1000)
      .nhsNumber(number)
      .changed((bundle) => {
        const reading = (bundle.entry as { resource: AnyResource }[]).find(({ resource }) =>
          JSON.stringify(resource.code ?? '').includes('301282008'),
        )!.resource;
        delete reading.valueCodeableConcept;
        Object.assign(reading, { code: { coding: [{ system: 'http://snomed.info/sct', code }] }, ...value });
      });
    await submit(summary.bytes());
    const { location } = await find(number);
    const [path] = staysOf((await visitor.get(location!)).text);
    const { text } = await visitor.get(path!);
    const [table] = /<table[^>]*>\s*<caption[^>]*>NEWS2[\s\S]*?<\/table>/.exec(text)!;
    const rows = [...table.matchAll(/<tr[\s\S]*?<\/tr>/g)].map(([row]) => plain(row).trim());
    expect(rows.find((row) => row.startsWith('Air or oxygen'))).toBe(`Air or oxygen ${words}`);
    expect(text.match(/>●</g)).toHaveLength(1);
  });
});

describe('what else came with a stay', () => {
  it('has its status beside its name', async () => {
    const number = '9990000131';
    const verification = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';
    const summary = aSummary()
      .stay(20)
      .nhsNumber(number)
      .changed((bundle) => {
        const id = 'a4a1f3c0-0000-4000-8000-000000000020';
        const entries = bundle.entry as { fullUrl: string; resource: AnyResource }[];
        const patient = entries.find(({ resource }) => resource.resourceType === 'Patient')!.fullUrl;
        const verificationStatus = { coding: [{ system: verification, code: 'entered-in-error' }] };
        const resource = {
          ...{ resourceType: 'AllergyIntolerance', id, verificationStatus },
          ...{ code: { text: 'Penicillin' }, patient: { reference: patient } },
        };
        entries.push({ fullUrl: `urn:uuid:${id}`, resource });
      });
    await submit(summary.bytes());
    const { text } = await visitor.get(staysOf((await visitor.get((await find(number)).location!)).text)[0]!);
    expect(plain(text)).toContain('Penicillin (entered in error)');
  });
});
