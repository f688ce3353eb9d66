import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import type { JsonObject } from '../../src/fhir/types';

describe('a document sent as a Binary of its own', () => {
  let homeward: Homeward;
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  it('is stored once, and its DocumentReference points at it with size and hash', async () => {
    const sent = aSummary().changed((bundle) => {
      const entries = bundle.entry as { fullUrl: string; resource: JsonObject }[];
      const reference = entries.find(
        ({ resource }) => resource.resourceType === 'DocumentReference',
      )!.resource;
      const attachment = (reference.content as { attachment: JsonObject }[])[0]!.attachment;
      const { data } = attachment;
      delete attachment.data;
      attachment.url = 'urn:uuid:4fe1c2f1-79b0-41d5-a4b4-3fcb8ab5d3f2';
      entries.push({
        fullUrl: 'urn:uuid:4fe1c2f1-79b0-41d5-a4b4-3fcb8ab5d3f2',
        resource: {
          resourceType: 'Binary',
          id: '4fe1c2f1-79b0-41d5-a4b4-3fcb8ab5d3f2',
          contentType: 'application/pdf',
          data: data!,
        },
      });
    });
    const answered = await homeward.call('POST', '/FHIR/R4/Bundle', { body: sent.bytes() });
    expect(answered.status).toBe(201);
    const found = await homeward.call('GET', '/FHIR/R4/DocumentReference');
    const { attachment } = found.json.entry[0].resource.content[0];
    expect(attachment).toMatchObject({
      url: expect.stringMatching(/^Binary\//),
      size: expect.any(Number),
      hash: expect.any(String),
    });
    const binary = await homeward.call('GET', `/FHIR/R4/${attachment.url}`);
    expect(binary.headers.get('content-type')).toBe('application/pdf');
    expect(binary.bytes.length).toBe(attachment.size);
    const raw = await homeward.call('GET', `/FHIR/R4/Bundle/${answered.headers.get('x-submission-id')}`);
    expect(raw.json.entry).toEqual(sent.build().entry);
  });
});
