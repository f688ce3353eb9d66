/** The site's policy: who may submit for whom, whose data is read, and what breaking the glass does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

const folder = mkdtempSync(join(tmpdir(), 'homeward-policy-'));
let homeward: Homeward;
let provider: string;
let patient: string;
let binary: string;

beforeAll(async () => {
  const summary = aSummary().build() as unknown as {
    entry: { resource: { resourceType: string; identifier?: { value: string }[] } }[];
  };
  provider = summary.entry.find(({ resource }) => resource.resourceType === 'Organization')!.resource
    .identifier![0]!.value;
  const file = join(folder, 'policy.json');
  writeFileSync(
    file,
    JSON.stringify({
      submitting: { default: 'own', organisations: { HUB1: ['*'] } },
      reading: {
        default: 'own-patients',
        organisations: { DCR: 'direct-care' },
        actingFor: { SUP1: [provider] },
      },
    }),
  );
  homeward = await startHomeward({ POLICY_FILE: file });
  const sent = await submit('HUB1', aSummary().bytes());
  expect(sent.status).toBe(201);
  patient = (await as('DCR', 'Patient')).json.entry[0].resource.id;
  const document = (await as('DCR', 'DocumentReference')).json.entry[0].resource;
  binary = document.content[0].attachment.url;
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const submit = (ods: string, body: Buffer): Promise<Reply> =>
  homeward.call('POST', '/FHIR/R4/Bundle', { token: homeward.token('system/Bundle.crs', ods), body });
const as = (ods: string, path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, {
    token: homeward.token('system/*.rs system/AuditEvent.rs', ods),
    headers,
  });

describe('submitting', () => {
  it('for another custodian is refused with 403, and kept', async () => {
    const reply = await submit('ZZ9', aSummary().stay(2).bytes());
    expect([reply.status, reply.json.issue[0].details.coding[0].code]).toEqual([403, 'submission-custodian']);
    const kept = await homeward.call('GET', `/submissions/${reply.headers.get('x-submission-id')}`, {
      token: homeward.token('system/AuditEvent.rs', 'ZZ9'),
    });
    expect([kept.status, kept.json.status]).toEqual([200, 'refused']);
  });

  it('for a custodian that can’t be told is refused too', async () => {
    const reply = await submit(
      provider,
      aSummary().stay(3).with('DocumentReference.custodian', { display: 'somebody' }).bytes(),
    );
    expect([403, 422]).toContain(reply.status);
  });

  it('for one’s own organisation is welcome', async () => {
    expect((await submit(provider, aSummary().stay(4).bytes())).status).toBe(201);
  });
});

describe('reading', () => {
  const paths = (): string[] => [
    `Patient/${patient}`,
    `Patient/${patient}/_history`,
    `Patient/${patient}/_history/1`,
    `Patient/${patient}/$everything`,
    binary,
  ];
  const searches = [
    'Patient',
    'Observation',
    'Encounter',
    'DocumentReference',
    'Provenance',
    'Patient?_has:Observation:patient:status=final',
    'Observation?patient.name=o',
    'Observation?patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
    'Observation?_summary=count',
    'Encounter?_sort=-date&_count=1',
  ];

  it('is of one’s own patients: the provider of the stay reads all', async () => {
    for (const path of paths()) expect([path, (await as(provider, path)).status]).toEqual([path, 200]);
    for (const path of searches)
      expect([path, (await as(provider, path)).json.total > 0]).toEqual([path, true]);
  });

  it('is of nobody else’s: as if they were not there', async () => {
    for (const path of paths()) expect([path, (await as('ZZ9', path)).status]).toEqual([path, 404]);
    for (const path of searches) expect([path, (await as('ZZ9', path)).json.total]).toEqual([path, 0]);
    const included = await as('ZZ9', 'Organization?_revinclude=*&_include=*');
    expect(JSON.stringify(included.json)).not.toMatch(
      /"resourceType":"(Patient|Encounter|Observation|DocumentReference)"/,
    );
  });

  it('by a caller without an organisation is of nobody’s', async () => {
    const token = homeward.sign({
      scope: 'system/*.rs',
      ttlSeconds: 60,
      sub: 'nobody',
    } as never);
    expect((await homeward.call('GET', '/FHIR/R4/Patient', { token })).json.total).toBe(0);
  });

  it('in another’s name takes the policy’s word, not the header’s alone', async () => {
    const header = { 'NHSD-End-User-Organisation-ODS': provider };
    expect((await as('ZZ9', 'Patient', header)).json.total).toBe(0);
    expect((await as('SUP1', 'Patient', header)).json.total).toBe(1);
  });

  it('beyond one’s own by breaking the glass works, and is marked in the audit with the reason', async () => {
    const reply = await as('ZZ9', `Patient/${patient}`, { 'X-Break-Glass': 'Unconscious in A&E' });
    expect(reply.status).toBe(200);
    const events = await as('DCR', 'AuditEvent?action=R&_count=50');
    expect(JSON.stringify(events.json)).toContain('Unconscious in A');
  });

  it('by an empty reason does not', async () => {
    expect((await as('ZZ9', `Patient/${patient}`, { 'X-Break-Glass': '   ' })).status).toBe(404);
  });

  it('is counted and paged within its bounds: a cursor of one who sees all shows no more', async () => {
    const page = await as('DCR', 'Observation?_count=1');
    const next = page.json.link.find(({ relation }: { relation: string }) => relation === 'next')
      .url as string;
    const taken = await homeward.call('GET', next, { token: homeward.token('system/*.rs', 'ZZ9') });
    expect([taken.status, taken.json.entry ?? []]).toEqual([200, []]);
  });
});
