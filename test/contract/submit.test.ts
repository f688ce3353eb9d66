import type { JsonObject } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

describe('a summary', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  it('goes in, and comes out by NHS number in each of the four ways', async () => {
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
    expect(sent.json).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(sent.status).toBe(201);
    const id = sent.headers.get('x-submission-id');
    expect(sent.headers.get('location')).toBe(`${homeward.fhir}/Bundle/${id}/_history/1`);
    expect(sent.headers.get('etag')).toBe('W/"1"');
    const nhs = encodeURIComponent('https://fhir.nhs.uk/Id/nhs-number|9990000018');
    const patients = await homeward.call('GET', `/FHIR/R4/Patient?identifier=${nhs}`);
    expect(patients.json).toMatchObject({ type: 'searchset', total: 1 });
    for (const parameter of ['patient:identifier', 'subject:identifier', 'patient.identifier']) {
      for (const [type, total] of [
        ['Encounter', 1],
        ['DocumentReference', 1],
        ['Observation', 16],
      ] as const) {
        const found = await homeward.call('GET', `/FHIR/R4/${type}?${parameter}=${nhs}`);
        expect({ type, parameter, status: found.status, total: found.json.total }).toEqual({
          type,
          parameter,
          status: 200,
          total,
        });
      }
    }
  });

  it('that is refused is not said to be stored, also with what the guidance does not describe', async () => {
    const basic = {
      fullUrl: 'urn:uuid:2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a907',
      resource: { resourceType: 'Basic', code: { text: 'note' } },
    };
    const refused = aSummary()
      .without('Encounter.period')
      .changed((bundle) => {
        (bundle.entry as JsonObject[]).push(basic);
      });
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: refused.bytes() });
    expect(sent.status).toBe(422);
    const texts = JSON.stringify(sent.json);
    expect(texts).toContain('vw-bundle-20');
    expect(texts).not.toMatch(/(?:is|are|was|were) stored/);
  });
});
