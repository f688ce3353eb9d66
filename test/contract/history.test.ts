import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

interface Entry {
  fullUrl: string;
  resource?: { resourceType: string; id: string };
  request: { method: string; url: string };
  response: { etag: string; lastModified: string };
}

let homeward: Homeward;
/** Between the summary and its correction, which takes one Observation back. */
let between: string;
let after: string;
const summary = aSummary().observations(17);

beforeAll(async () => {
  homeward = await startHomeward();
  await send(summary.bytes());
  between = await moment();
  await send(
    summary.correction(2).with('Encounter.status', 'in-progress').without('Observation[16]').bytes(),
  );
  after = await moment();
});
afterAll(() => homeward.close());

async function send(body: Buffer): Promise<void> {
  expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
}

/** An instant of its own: the versions before it are older, those after it newer. */
async function moment(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  const now = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 5));
  return now;
}

const get = (path: string, token?: string): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, token === undefined ? {} : { token });
const entriesOf = ({ json }: Reply): Entry[] => json.entry ?? [];
const told = (reply: Reply): string[] =>
  entriesOf(reply).map(({ request, response }) => `${request.method} ${response.etag}`);
const typesOf = (reply: Reply): string[] =>
  [...new Set(entriesOf(reply).map(({ fullUrl }) => fullUrl.split('/').at(-2)!))].sort();

async function pages(path: string): Promise<{ keys: string[]; sizes: number[] }> {
  const keys: string[] = [];
  const sizes: number[] = [];
  for (let url: string | undefined = `/FHIR/R4/${path}`; url !== undefined;) {
    const page: Reply = await homeward.call('GET', url);
    expect(page.status).toBe(200);
    keys.push(...entriesOf(page).map(({ fullUrl, response }) => `${fullUrl} ${response.etag}`));
    sizes.push(entriesOf(page).length);
    url = page.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
  }
  return { keys, sizes };
}

describe('the history of a type', () => {
  it('is a Bundle of all versions, newest first, with what was withdrawn as DELETE', async () => {
    const reply = await get('Observation/_history?_count=100');
    expect([reply.status, reply.json.type]).toEqual([200, 'history']);
    const kinds = told(reply);
    expect(kinds.filter((kind) => kind === 'POST W/"1"')).toHaveLength(17);
    expect(kinds.filter((kind) => kind.startsWith('DELETE'))).toEqual(['DELETE W/"2"']);
    const gone = entriesOf(reply).find(({ request }) => request.method === 'DELETE')!;
    expect(gone.resource).toBeUndefined();
    const times = entriesOf(reply).map(({ response }) => response.lastModified);
    expect(times).toEqual([...times].sort().reverse());
    expect(told(await get('Encounter/_history'))).toEqual(['PUT W/"2"', 'POST W/"1"']);
  });

  it('comes in pages that neither repeat nor lose, whatever is sent meanwhile', async () => {
    const whole = await pages('Observation/_history?_count=1000');
    const first = await get('Observation/_history?_count=4');
    await send(aSummary().stay(7).bytes());
    const next = first.json.link[1].url.replace(`${homeward.fhir}/`, '');
    const rest = await pages(next);
    const begin = entriesOf(first).map(({ fullUrl, response }) => `${fullUrl} ${response.etag}`);
    expect([...begin, ...rest.keys]).toEqual(whole.keys);
    expect(Math.max(...rest.sizes)).toBe(4);
  });

  it('keeps to _since and _at', async () => {
    expect(told(await get(`Encounter/_history?_since=${between}&_at=${after}`))).toEqual(['PUT W/"2"']);
    expect(told(await get(`Encounter/_history?_at=${between}`))).toEqual(['POST W/"1"']);
    expect(told(await get(`Observation/_history?_at=${between}&_count=50`))).toHaveLength(17);
    expect(entriesOf(await get('Encounter/_history?_at=2001'))).toEqual([]);
  });

  it('shows what the scopes show, and of a withdrawn resource what it was', async () => {
    const finished = homeward.token('system/Encounter.r?status=in-progress');
    expect(told(await get('Encounter/_history', finished))).toEqual(['PUT W/"2"']);
    const nothing = homeward.token('system/Observation.r?status=cancelled');
    expect(entriesOf(await get('Observation/_history', nothing))).toEqual([]);
    const all = homeward.token('system/Observation.r?status=final');
    expect(told(await get('Observation/_history?_count=100', all))).toContain('DELETE W/"2"');
    expect((await get('Patient/_history', all)).status).toBe(403);
  });

  it('of submissions is of the sender’s own', async () => {
    const own = await get('Bundle/_history', homeward.token('system/Bundle.rs'));
    expect(entriesOf(own)[0]!.resource!.resourceType).toBe('Bundle');
    expect(entriesOf(await get('Bundle/_history', homeward.token('system/Bundle.rs', 'X26')))).toEqual([]);
  });

  it('takes _summary and _elements, and refuses what it does not know', async () => {
    const [part] = entriesOf(await get('Encounter/_history?_elements=status'));
    expect(Object.keys(part!.resource!)).toEqual(['resourceType', 'id', 'meta', 'status', 'class']);
    for (const query of ['colour=red', '_at=yesterday', '_since=2025-03-03T10:00:00', '_cursor=abc'])
      expect((await get(`Encounter/_history?${query}`)).status).toBe(400);
    expect((await get('Nothing/_history')).status).toBe(404);
  });
});

describe('the history of the system', () => {
  it('has every type but submissions and the audit trail', async () => {
    const types = typesOf(await get('_history?_count=1000'));
    expect(types).toEqual([
      'DocumentReference',
      'Encounter',
      'Observation',
      'Organization',
      'Patient',
      'Provenance',
    ]);
  });

  it('has only what the scopes allow whole', async () => {
    const token = homeward.token(
      'system/Patient.r system/Encounter.r?status=in-progress system/Observation.s',
    );
    expect(typesOf(await get('_history', token))).toEqual(['Patient']);
    const none = homeward.token('system/Bundle.crs system/AuditEvent.rs');
    expect((await get('_history', none)).status).toBe(403);
  });

  it('comes in pages that neither repeat nor lose', async () => {
    const { keys, sizes } = await pages('_history?_count=7');
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual((await pages('_history?_count=1000')).keys);
    expect(sizes.slice(0, -1).every((size) => size === 7)).toBe(true);
  });

  it('is said by the capability statement', async () => {
    const { json } = await get('metadata');
    expect(json.rest[0].interaction).toContainEqual({ code: 'history-system' });
    const encounter = json.rest[0].resource.find(({ type }: { type: string }) => type === 'Encounter');
    expect(encounter.interaction).toContainEqual({ code: 'history-type' });
  });
});

describe('the history that an organisation sees that reads its own patients alone', () => {
  it('is of nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'homeward-history-'));
    const policy = join(folder, 'policy.json');
    writeFileSync(policy, JSON.stringify({ reading: { default: 'own-patients' } }));
    const guarded = await startHomeward({ POLICY_FILE: policy });
    try {
      for (const version of [summary, summary.correction(2).without('Observation[16]')])
        expect((await guarded.call('POST', '/FHIR/R4/Bundle', { body: version.bytes() })).status).toBe(201);
      const seenBy = async (ods: string, path: string): Promise<Reply> =>
        guarded.call('GET', `/FHIR/R4/${path}?_count=1000`, { token: guarded.token('system/*.r', ods) });
      expect(typesOf(await seenBy('RR8', '_history'))).toContain('Patient');
      expect(told(await seenBy('RR8', 'Observation/_history'))).toContain('DELETE W/"2"');
      for (const type of ['Patient', 'Encounter', 'Observation', 'DocumentReference', 'Provenance'])
        expect(typesOf(await seenBy('X26', '_history'))).not.toContain(type);
      expect(entriesOf(await seenBy('X26', 'Observation/_history'))).toEqual([]);
    } finally {
      await guarded.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the history of a resource', () => {
  it('keeps to _at', async () => {
    const [encounter] = entriesOf(await get(`Encounter/_history?_at=${between}`));
    const path = `Encounter/${encounter!.resource!.id}/_history`;
    expect(told(await get(path))).toEqual(['PUT W/"2"', 'POST W/"1"']);
    expect(told(await get(`${path}?_at=${between}`))).toEqual(['POST W/"1"']);
    expect(told(await get(`${path}?_at=${after}`))).toEqual(['PUT W/"2"']);
    expect(told(await get(`${path}?_since=${between.replace('Z', '+00:00')}`))).toEqual(['PUT W/"2"']);
    expect((await get(`${path}?_count=some`)).status).toBe(400);
    expect(told(await get(`${path}?_at=${between.slice(0, 10)}`))).toEqual(['PUT W/"2"', 'POST W/"1"']);
  });
});

describe('a part of what is read', () => {
  it('is what $everything gives, too', async () => {
    const [patient] = entriesOf(await get('Patient'));
    const path = `Patient/${patient!.resource!.id}/$everything`;
    const some = entriesOf(await get(`${path}?_elements=identifier&_type=Patient`));
    expect(Object.keys(some[0]!.resource!)).toEqual(['resourceType', 'id', 'meta', 'identifier']);
    const marked = entriesOf(await get(`${path}?_summary=true`));
    expect(JSON.stringify(marked.map(({ resource }) => resource)).match(/"SUBSETTED"/g)).toHaveLength(
      marked.length,
    );
    expect((await get(`${path}?_summary=count`)).status).toBe(400);
  });

  it('that is the narrative alone is not asked for together with includes', async () => {
    const reply = await get('Encounter?_summary=text&_include=Encounter:patient');
    expect(reply.status).toBe(400);
    expect(reply.json.issue[0].details.text).toContain('Leave out `_include`');
  });
});
