/** fullUrls as client libraries write them, in each way in; HAPI's BundleBuilder puts the resource's id there. */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { freshSummary } from './sending';

let homeward: Homeward;
let organization: AnyResource;
beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: freshSummary().bytes() });
  const code = 'identifier=https://fhir.nhs.uk/Id/ods-organization-code|RR8';
  organization = (await homeward.call('GET', `/FHIR/R4/Organization?${code}`)).json.entry[0].resource;
});
afterAll(() => homeward.close());

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}
const entriesOf = (bundle: AnyResource): Entry[] => bundle.entry as unknown as Entry[];

const post = (bundle: AnyResource, prefer?: string): Promise<Reply> =>
  homeward.call('POST', '/FHIR/R4', {
    body: bundle,
    ...(prefer === undefined ? {} : { headers: { Prefer: prefer } }),
  });

/** As `BundleBuilder.addTransactionUpdateEntry` makes it of a resource that was read. */
function update(fullUrl: string, type = 'transaction', changes: JsonObject = {}): AnyResource {
  const id = String(organization.id);
  const { versionId: _version, lastUpdated: _time, ...meta } = organization.meta as JsonObject;
  const entry = {
    fullUrl: fullUrl.replace('<id>', id),
    resource: { ...organization, meta, ...changes },
    request: { method: 'PUT', url: `Organization/${id}` },
  };
  return { resourceType: 'Bundle', type, entry: [entry] };
}

const rulesOf = (outcome: { issue: { details: { coding: { code: string }[] } }[] }): string[] =>
  outcome.issue.map(({ details }) => details.coding[0]!.code);

describe('an update whose fullUrl is', () => {
  it.each([
    ['the id of the resource with its version', 'Organization/<id>/_history/1', 'fullurl-relative'],
    ['the id of the resource', 'Organization/<id>', 'fullurl-relative'],
    [
      'the address of a version',
      'https://ward.example/FHIR/R4/Organization/<id>/_history/2',
      'fullurl-versioned',
    ],
  ])('%s is done, with a warning at the fullUrl', async (_what, fullUrl, norm) => {
    for (const type of ['transaction', 'batch']) {
      const { status, json } = await post(update(fullUrl, type, { alias: [`${norm} ${type} ${fullUrl}`] }));
      const { response } = json.entry[0];
      expect([status, response.status.slice(0, 3), rulesOf(response.outcome)]).toEqual([200, '200', [norm]]);
      expect(response.outcome.issue[0]).toMatchObject({
        severity: 'warning',
        expression: ['Bundle.entry[0].fullUrl'],
      });
    }
  });

  it('relative is refused under strict handling', async () => {
    const { status, json } = await post(update('Organization/<id>'), 'handling=strict');
    expect([status, rulesOf(json)]).toEqual([422, ['fullurl-relative']]);
  });

  it.each([
    ['the name of another type', 'Patient/<id>'],
    ['the name of another resource', 'Organization/other'],
    ['a relative address of another kind', 'folder/<id>'],
  ])('%s is refused', async (_what, fullUrl) => {
    expect((await post(update(fullUrl))).status).toBe(422);
  });
});

/** Every fullUrl is `Type/id`, and so is every reference; with or without the ids in the resources. */
function withRelativeNames(withIds: boolean): AnyResource {
  const bundle = freshSummary().build();
  let text = JSON.stringify(bundle);
  for (const { fullUrl, resource } of entriesOf(bundle))
    text = text.replaceAll(fullUrl, `${resource.resourceType}/${String(resource.id)}`);
  const renamed = JSON.parse(text) as AnyResource;
  if (!withIds) for (const { resource } of entriesOf(renamed)) delete resource.id;
  return renamed;
}

describe('a summary with relative fullUrls that its references match', () => {
  it.each([true, false])(
    'is stored with a warning at each of them (ids in the resources: %p)',
    async (withIds) => {
      const bundle = withRelativeNames(withIds);
      const { status, json } = await post(bundle);
      const places = json.issue
        .filter(
          ({ details }: { details: { coding: { code: string }[] } }) =>
            details.coding[0]!.code === 'fullurl-relative',
        )
        .map(({ expression }: { expression: string[] }) => expression[0]);
      const named = entriesOf(bundle).map((_entry, index) => `Bundle.entry[${index}].fullUrl`);
      expect([status, places]).toEqual([201, named]);
    },
  );

  it('is corrected under the same names', async () => {
    const first = withRelativeNames(true);
    const stored = await post(first);
    const second = structuredClone(first);
    second.meta = { ...(second.meta as JsonObject), versionId: '2', lastUpdated: '2025-03-11T09:00:00Z' };
    const corrected = await post(second);
    const id = corrected.headers.get('x-submission-id');
    const { json } = await homeward.call('GET', `/submissions/${id}`);
    expect([stored.status, corrected.status, json.replaces]).toEqual([
      201,
      201,
      stored.headers.get('x-submission-id'),
    ]);
  });
});

describe('two entries with one fullUrl', () => {
  it('are refused in a summary, whatever their versions', async () => {
    const bundle = freshSummary().build();
    const entries = entriesOf(bundle);
    const twin = structuredClone(entries[1]!);
    twin.resource.id = 'twin';
    twin.resource.meta = { ...(twin.resource.meta as JsonObject), versionId: '9' };
    entries.push(twin);
    const { status, json } = await post(bundle);
    expect([status, rulesOf(json)]).toEqual([422, expect.arrayContaining(['vw-bundle-17'])]);
  });

  it('are refused in a transaction, as versions of one name too', async () => {
    const bundle = update('Organization/<id>/_history/1');
    const [entry] = entriesOf(bundle);
    const twin = {
      ...structuredClone(entry!),
      fullUrl: entry!.fullUrl.replace('/1', '/2'),
      request: { method: 'POST', url: 'Organization' },
    };
    twin.resource.meta = { ...(twin.resource.meta as JsonObject), versionId: '2' };
    entriesOf(bundle).push(twin);
    const { status, json } = await post(bundle);
    expect([status, rulesOf(json)]).toEqual([422, expect.arrayContaining(['r4-bundle'])]);
  });
});
