/** `Bundle/$validate` gives the verdict of submitting, whatever the Bundle. */
import type { AnyResource, Json } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const validate = (body: AnyResource): Promise<Reply> =>
  homeward.call('POST', '/FHIR/R4/Bundle/$validate', { body });
const submit = (body: AnyResource): Promise<Reply> => homeward.call('POST', '/FHIR/R4', { body });

const nested = (): AnyResource =>
  aSummary()
    .changed((bundle) => {
      (bundle.entry as Json[]).push({
        fullUrl: 'urn:uuid:6f2d2c2e-8f3d-4c0e-9a39-0d6f0a3f8a11',
        resource: { ...aSummary().stay(2).build(), id: '6f2d2c2e-8f3d-4c0e-9a39-0d6f0a3f8a11' },
      });
    })
    .build();

const withForeignSystems = (): AnyResource =>
  JSON.parse(
    JSON.stringify(aSummary().build())
      .replaceAll('https://fhir.nhs.uk/Id/', 'urn:oid:1.2.3.')
      .replaceAll('https://fhir.hl7.org.uk/', 'https://example.org/'),
  ) as AnyResource;

describe('Bundle/$validate', () => {
  it.each<[string, AnyResource]>([
    ['an empty collection', { resourceType: 'Bundle', type: 'collection' }],
    ['a summary inside a summary', nested()],
    ['a summary whose systems are of another country', withForeignSystems()],
    ['a transaction without requests', { ...aSummary().build(), type: 'transaction' }],
  ])('says of %s what submitting says', async (_name, bundle) => {
    const [asked, sent] = [await validate(bundle), await submit(bundle)];
    expect([asked.status, sent.status]).toEqual([200, 422]);
    expect(told(asked)).toEqual(told(sent));
  });

  it('says of a summary inside a summary that this type is not taken, at its place, and nothing of its entries', async () => {
    const faults = told(await validate(nested())).filter(({ severity }) => severity === 'error');
    expect(faults).toEqual([
      expect.objectContaining({ rule: 'submission-type', expression: 'Bundle.entry[20].resource' }),
    ]);
  });

  it('judges a batch entry by entry, and leaves its reads alone', async () => {
    const entry = [
      { request: { method: 'GET', url: 'Patient?_summary=count' } },
      {
        resource: { resourceType: 'Practitioner', gender: 'unheard-of' },
        request: { method: 'POST', url: 'Practitioner' },
      },
    ];
    const faults = told(await validate({ resourceType: 'Bundle', type: 'batch', entry }));
    expect(faults).toContainEqual(
      expect.objectContaining({ severity: 'error', expression: 'Bundle.entry[1].resource.gender' }),
    );
    expect(faults.filter(({ expression }) => expression?.startsWith('Bundle.entry[0]'))).toEqual([]);
  });
});
