import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

describe('submissions as Bundles', () => {
  let homeward: Homeward;
  let id: string;
  beforeAll(async () => {
    homeward = await startHomeward();
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
    id = sent.headers.get('x-submission-id')!;
  });
  afterAll(() => homeward.close());

  it('are read with their documents inline, by their sender', async () => {
    const read = await homeward.call('GET', `/FHIR/R4/Bundle/${id}`, {
      token: homeward.token('system/Bundle.rs', 'RR8'),
    });
    const { id: _id, meta: _meta, ...sent } = aSummary().build();
    expect(read.status).toBe(200);
    expect(read.json).toMatchObject({ id, meta: { versionId: '1' }, ...sent });
  });

  it('are found by their identifier and their time, by their sender', async () => {
    const { identifier } = aSummary().build() as { identifier?: { system: string; value: string } };
    const token = homeward.token('system/Bundle.rs', 'RR8');
    const query = `identifier=${encodeURIComponent(`${identifier!.system}|${identifier!.value}`)}&_lastUpdated=ge2020`;
    const found = await homeward.call('GET', `/FHIR/R4/Bundle?${query}`, { token });
    expect(found.json).toMatchObject({ total: 1, entry: [{ resource: { id, type: 'collection' } }] });
  });

  it('are found at the very time that they bear, and read only where they are not known', async () => {
    const read = await homeward.call('GET', `/FHIR/R4/Bundle/${id}`);
    const at = encodeURIComponent(read.json.meta.lastUpdated);
    expect((await homeward.call('GET', `/FHIR/R4/Bundle?_lastUpdated=${at}`)).json.total).toBe(1);
    const known = async (headers: Record<string, string>): Promise<number> =>
      (await homeward.call('GET', `/FHIR/R4/Bundle/${id}`, { headers })).status;
    expect(await known({ 'If-Modified-Since': read.headers.get('last-modified')! })).toBe(304);
    expect(await known({ 'If-None-Match': read.headers.get('etag')! })).toBe(304);
    expect(await known({ 'If-None-Match': 'W/"2"' })).toBe(200);
  });

  it('come ten on a page at most, searched for or in their history', async () => {
    for (const [path, link] of [
      ['Bundle', '_count=10'],
      ['Bundle?_count=1000', '_count=10'],
      ['Bundle/_history?_count=1000', '_count=10'],
    ] as const) {
      const { json } = await homeward.call('GET', `/FHIR/R4/${path}`);
      const [self] = json.link as { url: string }[];
      expect([json.entry.length, path.includes('?') ? self!.url.includes(link) : true]).toEqual([1, true]);
    }
  });

  it('are found by POST too', async () => {
    const found = await homeward.call('POST', '/FHIR/R4/Bundle/_search', {
      token: homeward.token('system/Bundle.rs', 'RR8'),
      body: '_lastUpdated=ge2020',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect([found.status, found.json.total]).toEqual([200, 1]);
  });

  it('are found with the Composition that a document begins with', async () => {
    const [{ resource: stay }] = (await homeward.call('GET', '/FHIR/R4/Encounter')).json.entry;
    const document = await homeward.call('GET', `/FHIR/R4/Encounter/${stay.id}/$summary`);
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: document.bytes });
    expect(sent.status).toBe(201);
    for (const include of ['Bundle:composition', '*']) {
      const found = await homeward.call('GET', `/FHIR/R4/Bundle?_include=${include}`);
      const types = found.json.entry.map(
        ({ resource, search }: { resource: { resourceType: string }; search: { mode: string } }) =>
          `${search.mode} ${resource.resourceType}`,
      );
      expect(types).toEqual(['match Bundle', 'match Bundle', 'include Composition']);
    }
    const titled = await homeward.call('GET', '/FHIR/R4/Bundle?composition.title=virtual&_summary=count');
    expect(titled.json.total).toBe(1);
  });

  it('are hidden from other senders, and shown to auditors', async () => {
    const stranger = homeward.token('system/Bundle.rs', 'A81001');
    expect((await homeward.call('GET', '/FHIR/R4/Bundle', { token: stranger })).json.total).toBe(0);
    expect((await homeward.call('GET', `/FHIR/R4/Bundle/${id}`, { token: stranger })).status).toBe(404);
    const auditor = homeward.token('system/Bundle.rs system/AuditEvent.rs', 'A81001');
    expect((await homeward.call('GET', '/FHIR/R4/Bundle', { token: auditor })).json.total).toBe(2);
    expect((await homeward.call('GET', `/FHIR/R4/Bundle/${id}`, { token: auditor })).status).toBe(200);
  });
});
