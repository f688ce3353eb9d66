/** Reading by id: current, versions, history, conditional reads, parts of a resource, and the document itself. */
import { createHash } from 'node:crypto';
import type { AnyResource } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
const pdf = minimalPdf('the document of these tests');
const summary = aSummary().pdf(pdf);
/** Server ids by type, of what was sent. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  homeward = await startHomeward();
  await send(summary.bytes());
  for (const type of ['Patient', 'Organization', 'Encounter', 'DocumentReference', 'Observation'])
    ids[type] = (await homeward.call('GET', `/FHIR/R4/${type}?_count=1`)).json.entry[0].resource.id;
  await send(summary.with('Encounter.status', 'cancelled').correction(2).bytes());
});
afterAll(() => homeward.close());

async function send(body: Buffer): Promise<void> {
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body });
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.json));
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('GET', `/FHIR/R4/${path}`, { headers });

describe('a read', () => {
  it('gives the current version with ETag and Last-Modified', async () => {
    const reply = await get(`Encounter/${ids.Encounter}`);
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      resourceType: 'Encounter',
      id: ids.Encounter,
      meta: { versionId: '2' },
      status: 'cancelled',
      subject: { reference: `Patient/${ids.Patient}` },
    });
    expect(reply.headers.get('etag')).toBe('W/"2"');
    const modified = new Date(reply.headers.get('last-modified') ?? '').getTime();
    expect(modified).toBe(Math.floor(Date.parse(reply.json.meta.lastUpdated) / 1000) * 1000);
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  it('is answered 304 where the caller has this version', async () => {
    for (const tag of ['W/"2"', '"2"', 'W/"1", W/"2"', '*']) {
      const reply = await get(`Encounter/${ids.Encounter}`, { 'If-None-Match': tag });
      expect({ tag, status: reply.status, body: reply.bytes.length }).toEqual({ tag, status: 304, body: 0 });
      expect(reply.headers.get('etag')).toBe('W/"2"');
    }
    expect((await get(`Encounter/${ids.Encounter}`, { 'If-None-Match': 'W/"1"' })).status).toBe(200);
  });

  it('is answered 304 where nothing was modified since', async () => {
    const modified = (await get(`Encounter/${ids.Encounter}`)).headers.get('last-modified') ?? '';
    expect((await get(`Encounter/${ids.Encounter}`, { 'If-Modified-Since': modified })).status).toBe(304);
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    expect((await get(`Encounter/${ids.Encounter}`, { 'If-Modified-Since': before })).status).toBe(200);
  });

  it('has the headers of GET, and no body, by HEAD', async () => {
    const got = await get(`Patient/${ids.Patient}`);
    const head = await homeward.call('HEAD', `/FHIR/R4/Patient/${ids.Patient}`);
    expect(head.status).toBe(200);
    expect(head.bytes.length).toBe(0);
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length'])
      expect(head.headers.get(name)).toBe(got.headers.get(name));
  });

  it('is answered in the format that is asked for', async () => {
    const path = `Patient/${ids.Patient}`;
    const types = async (query: string, accept: string): Promise<string | null> =>
      (await get(`${path}${query}`, { Accept: accept })).headers.get('content-type');
    expect(await types('', '*/*')).toBe('application/fhir+json; charset=utf-8');
    expect(await types('', 'application/fhir+xml')).toBe('application/fhir+xml; charset=utf-8');
    expect(await types('', 'application/xml')).toMatch(/^application\/(fhir\+)?xml/);
    expect(await types('?_format=xml', 'application/fhir+json')).toBe('application/fhir+xml; charset=utf-8');
    expect(await types('?_format=json', 'application/fhir+xml')).toBe('application/fhir+json; charset=utf-8');
    expect(await types('?_format=application/fhir%2Bxml', '*/*')).toBe('application/fhir+xml; charset=utf-8');
  });

  it('is indented under _pretty', async () => {
    const plain = await get(`Patient/${ids.Patient}`);
    const pretty = await get(`Patient/${ids.Patient}?_pretty=true`);
    expect(pretty.json).toEqual(plain.json);
    expect(plain.bytes.toString()).not.toContain('\n');
    expect(pretty.bytes.toString()).toMatch(/^\{\n {2}"resourceType": "Patient",\n/);
  });

  it('keeps the decimals that were sent', async () => {
    const sent = aSummary()
      .stay(2)
      .changed((bundle) => bundle);
    const text = sent
      .bytes()
      .toString()
      .replace(/"value":38\.2\b/, '"value":38.20');
    expect(text).toContain('38.20');
    await send(Buffer.from(text));
    const found = await get('Observation?value-quantity=38.20&_sort=-_lastUpdated&_count=1');
    expect(found.bytes.toString()).toContain('"value":38.20');
  });
});

describe('a part of a resource', () => {
  it('is what R4 marks, under _summary=true', async () => {
    const { json } = await get(`Encounter/${ids.Encounter}?_summary=true`);
    expect(json.meta.tag).toContainEqual(expect.objectContaining({ code: 'SUBSETTED' }));
    expect(json.status).toBe('cancelled');
    expect(json.hospitalization).toBeUndefined();
  });

  it('is what is named, under _elements', async () => {
    const { json } = await get(`Patient/${ids.Patient}?_elements=birthDate`);
    expect(Object.keys(json).sort()).toEqual(['birthDate', 'id', 'meta', 'resourceType']);
  });

  it('is the narrative, or all but it, under _summary=text and data', async () => {
    const text = (await get(`Observation/${ids.Observation}?_summary=text`)).json;
    expect(text).toMatchObject({ status: 'final', code: expect.any(Object) });
    expect(text.subject).toBeUndefined();
    const data = (await get(`Observation/${ids.Observation}?_summary=data`)).json;
    expect(data.subject).toBeDefined();
    expect(data.text).toBeUndefined();
  });

  it('is the whole under _summary=false', async () => {
    const whole = await get(`Patient/${ids.Patient}`);
    expect((await get(`Patient/${ids.Patient}?_summary=false`)).bytes).toEqual(whole.bytes);
  });

  it('is refused where it is none: 400', async () => {
    for (const query of ['_summary=some', '_summary=count', '_elements=%3Cscript%3E'])
      expect((await get(`Patient/${ids.Patient}?${query}`)).status).toBe(400);
  });
});

describe('versions', () => {
  it('are read by their number', async () => {
    const first = await get(`Encounter/${ids.Encounter}/_history/1`);
    expect(first.json).toMatchObject({ meta: { versionId: '1' }, status: 'finished' });
    expect(first.headers.get('etag')).toBe('W/"1"');
    const second = await get(`Encounter/${ids.Encounter}/_history/2`);
    expect(second.json).toMatchObject({ meta: { versionId: '2' }, status: 'cancelled' });
    for (const version of ['3', '0', '-1', 'x', '99999999999'])
      expect((await get(`Encounter/${ids.Encounter}/_history/${version}`)).status).toBe(404);
  });

  it('are listed by the history, the newest first', async () => {
    const { json } = await get(`Encounter/${ids.Encounter}/_history`);
    expect(json).toMatchObject({ resourceType: 'Bundle', type: 'history' });
    expect(
      json.entry.map((entry: fhir4.BundleEntry) => [
        entry.fullUrl,
        entry.resource?.meta?.versionId,
        entry.request,
        entry.response?.status,
        entry.response?.etag,
      ]),
    ).toEqual([
      [
        `${homeward.fhir}/Encounter/${ids.Encounter}`,
        '2',
        { method: 'PUT', url: `Encounter/${ids.Encounter}` },
        '200',
        'W/"2"',
      ],
      [
        `${homeward.fhir}/Encounter/${ids.Encounter}`,
        '1',
        { method: 'POST', url: 'Encounter' },
        '201',
        'W/"1"',
      ],
    ]);
  });

  it('are paged', async () => {
    const first = (await get(`Encounter/${ids.Encounter}/_history?_count=1&_elements=status`)).json;
    expect(first.entry).toHaveLength(1);
    const next = first.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    const second = (await homeward.call('GET', next)).json;
    expect(second.entry[0].resource.meta.versionId).toBe('1');
    expect(second.entry[0].resource.period).toBeUndefined();
    expect(second.link.map(({ relation }: { relation: string }) => relation)).toEqual(['self']);
  });

  it('are those since a moment', async () => {
    const { lastUpdated } = (await get(`Encounter/${ids.Encounter}`)).json.meta;
    const since = (await get(`Encounter/${ids.Encounter}/_history?_since=${encodeURIComponent(lastUpdated)}`))
      .json;
    expect(since.entry).toHaveLength(1);
    expect((await get(`Encounter/${ids.Encounter}/_history?_since=yesterday`)).status).toBe(400);
  });
});

describe('a withdrawn resource', () => {
  it('is gone: 410, out of searches, and still in its history', async () => {
    const long = aSummary().stay(3);
    await send(long.bytes());
    const id = (await get('Observation?_sort=-_lastUpdated&_count=1')).json.entry[0].resource.id as string;
    const shorter = long.correction(2).changed((bundle) => ({
      ...bundle,
      entry: (bundle.entry as { resource: AnyResource }[]).filter(
        ({ resource }) => resource.resourceType !== 'Observation',
      ) as unknown as AnyResource[],
    }));
    await send(shorter.bytes());
    const gone = await get(`Observation/${id}`);
    expect(gone.status).toBe(410);
    expect(told(gone)).toEqual([{ severity: 'error', code: 'deleted', rule: 'http-gone' }]);
    expect((await get(`Observation?_id=${id}`)).json.total).toBe(0);
    expect((await get(`Observation/${id}/_history/1`)).json.id).toBe(id);
    const { entry } = (await get(`Observation/${id}/_history`)).json;
    expect(entry.map(({ request }: fhir4.BundleEntry) => request?.method)).toEqual(['DELETE', 'POST']);
  });
});

describe('the document', () => {
  let url: string;
  const etag = `"${createHash('sha256').update(pdf).digest('base64url')}"`;
  const binary = (headers: Record<string, string> = {}): Promise<Reply> => get(url, headers);

  beforeAll(async () => {
    const { attachment } = (await get(`DocumentReference/${ids.DocumentReference}`)).json.content[0];
    expect(attachment).toMatchObject({
      contentType: 'application/pdf',
      size: pdf.length,
      hash: createHash('sha1').update(pdf).digest('base64'),
    });
    expect(attachment.data).toBeUndefined();
    url = attachment.url.replace(`${homeward.fhir}/`, '');
    expect(url).toMatch(/^Binary\/[0-9a-f-]{36}$/);
  });

  it('comes byte for byte in its own media type', async () => {
    const reply = await binary();
    expect(reply.status).toBe(200);
    expect(reply.bytes.equals(pdf)).toBe(true);
    expect(reply.headers.get('content-type')).toBe('application/pdf');
    expect(reply.headers.get('etag')).toBe(etag);
    expect(reply.headers.get('accept-ranges')).toBe('bytes');
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=5-', 5, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=0-999999999', 0, undefined],
  ])('comes in ranges: %s', async (range, start, end) => {
    const reply = await binary({ Range: range });
    const part = pdf.subarray(start, end);
    expect(reply.status).toBe(206);
    expect(reply.bytes.equals(part)).toBe(true);
    const from = start < 0 ? pdf.length + start : start;
    expect(reply.headers.get('content-range')).toBe(`bytes ${from}-${from + part.length - 1}/${pdf.length}`);
    expect(reply.headers.get('content-length')).toBe(String(part.length));
  });

  it('has no range beyond its end: 416', async () => {
    const reply = await binary({ Range: `bytes=${pdf.length}-` });
    expect(reply.status).toBe(416);
    expect(reply.headers.get('content-range')).toBe(`bytes */${pdf.length}`);
    expect(told(reply)).toHaveLength(1);
  });

  it('comes whole where If-Range names another', async () => {
    expect((await binary({ Range: 'bytes=0-9', 'If-Range': etag })).status).toBe(206);
    expect((await binary({ Range: 'bytes=0-9', 'If-Range': '"other"' })).status).toBe(200);
  });

  it('is answered 304 where the caller has it', async () => {
    const reply = await binary({ 'If-None-Match': etag });
    expect([reply.status, reply.bytes.length]).toEqual([304, 0]);
  });

  it('has its length by HEAD', async () => {
    const reply = await homeward.call('HEAD', `/FHIR/R4/${url}`);
    expect([reply.status, reply.bytes.length]).toEqual([200, 0]);
    expect(reply.headers.get('content-length')).toBe(String(pdf.length));
    expect(reply.headers.get('content-type')).toBe('application/pdf');
  });

  it('is a FHIR resource where FHIR is asked for', async () => {
    for (const reply of [
      await binary({ Accept: 'application/fhir+json' }),
      await get(`${url}?_format=json`),
    ]) {
      expect(reply.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
      expect(reply.json).toMatchObject({
        resourceType: 'Binary',
        contentType: 'application/pdf',
        data: pdf.toString('base64'),
      });
    }
    const xml = await binary({ Accept: 'application/fhir+xml' });
    expect(xml.bytes.toString()).toContain('<Binary xmlns="http://hl7.org/fhir">');
  });
});

describe('a document that is opened', () => {
  const answered = async (accept: string): Promise<string> => {
    const { attachment } = (await get(`DocumentReference/${ids.DocumentReference}`)).json.content[0];
    const reply = await get(attachment.url, { Accept: accept });
    return `${reply.status} ${(reply.headers.get('content-type') ?? '').replace('; charset=utf-8', '')}`;
  };

  it.each([
    [
      'by a browser',
      'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      '200 application/pdf',
    ],
    ['by what takes anything', 'application/json, text/plain, */*', '200 application/pdf'],
    ['by what prefers it', 'application/fhir+json;q=0.1, */*', '200 application/pdf'],
    ['by a FHIR client', 'application/fhir+json, */*;q=0.1', '200 application/fhir+json'],
    ['by what knows JSON alone', 'application/json', '200 application/fhir+json'],
    ['by what would take neither', 'image/png', '406 application/fhir+json'],
  ])('%s (Accept: %s) is answered as %s', async (_who, accept, expected) => {
    expect(await answered(accept)).toBe(expected);
  });
});

describe('a submission', () => {
  it('is read as the Bundle that came, by its sender', async () => {
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(9).bytes() });
    const id = sent.headers.get('x-submission-id');
    for (const path of [`Bundle/${id}`, `Bundle/${id}/_history/1`]) {
      const reply = await get(path);
      expect(reply.json).toMatchObject({ resourceType: 'Bundle', id, type: 'collection' });
    }
    const other = homeward.token('system/Bundle.rs', 'RTG');
    expect((await homeward.call('GET', `/FHIR/R4/Bundle/${id}`, { token: other })).status).toBe(404);
    const auditor = homeward.token('system/Bundle.rs system/AuditEvent.rs', 'RTG');
    expect((await homeward.call('GET', `/FHIR/R4/Bundle/${id}`, { token: auditor })).status).toBe(200);
  });
});
