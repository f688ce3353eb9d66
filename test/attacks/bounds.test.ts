/** Whatever is asked, the answer and the work for it are bounded in bytes: pages end early, the rest is refused. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';

const MOST = 60_000;
let homeward: Homeward;
let submission: string;
let patient: string;
let encounter: string;
let binary: string;
const pdf = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);
const document = pdf(150_000);

beforeAll(async () => {
  homeward = await startHomeward({ MAX_ANSWER_BYTES: String(MOST) });
  const summary = aSummary().observations(120).pdf(document);
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
  expect(sent.status).toBe(201);
  submission = sent.headers.get('x-submission-id')!;
  for (const stay of [2, 3])
    await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(stay).bytes() });
  const [found] = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry;
  patient = `Patient/${found.resource.id}`;
  const documents = await homeward.call('GET', '/FHIR/R4/DocumentReference?_sort=_lastUpdated&_count=1');
  const [{ resource }] = documents.json.entry;
  encounter = resource.context.encounter[0].reference;
  binary = resource.content[0].attachment.url;
});
afterAll(() => homeward.close());

const rulesOf = ({ json }: Reply): string[] =>
  (json?.issue ?? []).map(
    ({ details }: { details: { coding: [{ code: string }] } }) => details.coding[0].code,
  );

/** All entries of all pages; each page is held against the bound. */
async function pagesOf(first: string): Promise<{ pages: number; ids: string[] }> {
  const ids: string[] = [];
  let next: string | undefined = first;
  let pages = 0;
  for (; next !== undefined && pages < 100; pages += 1) {
    const { status, bytes, json }: Reply = await homeward.call('GET', next);
    expect([status, bytes.length <= MOST]).toEqual([200, true]);
    for (const entry of json.entry ?? [])
      if (entry.search?.mode !== 'include') ids.push(`${entry.fullUrl}/${entry.response?.etag ?? ''}`);
    next = json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
  }
  return { pages, ids };
}

describe('a page that would be larger than an answer may be', () => {
  it.each([
    ['a search', () => '/FHIR/R4/Observation?_count=1000', 120],
    ['a search with includes', () => '/FHIR/R4/Observation?_count=1000&_include=*', 120],
    ['the history of a type', () => '/FHIR/R4/Observation/_history?_count=1000', 120],
    ['$everything of a patient', () => `/FHIR/R4/${patient}/$everything`, 120],
    ['$everything of a stay', () => `/FHIR/R4/${encounter}/$everything`, 120],
  ])('ends early, and its next pages have the rest: %s', async (_name, path, least) => {
    const { pages, ids } = await pagesOf(path());
    expect([pages > 1, new Set(ids).size === ids.length, ids.length >= least]).toEqual([true, true, true]);
  });

  it.each(['_format=xml', '_pretty=true'])('is measured as it is answered: %s', async (format) => {
    const reply = await homeward.call('GET', `/FHIR/R4/Observation?_count=1000&${format}`);
    expect([reply.status, reply.bytes.length <= MOST, /next/.test(reply.bytes.toString())]).toEqual([
      200,
      true,
      true,
    ]);
  });

  it('ends early among submissions, too', async () => {
    const small = await startHomeward({ MAX_ANSWER_BYTES: '2000' });
    try {
      for (const stay of [1, 2, 3, 4, 5])
        await small.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(stay).bytes() });
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Reply = await small.call(
          'GET',
          `/submissions${cursor === '' ? '' : `?cursor=${cursor}`}`,
        );
        expect([page.status, page.bytes.length <= 2000]).toEqual([200, true]);
        seen.push(...page.json.submissions.map(({ id }: { id: string }) => id));
        cursor = page.json.next;
      }
      expect(new Set(seen).size).toBe(5);
    } finally {
      await small.close();
    }
  });
});

describe('an answer that cannot be cut', () => {
  it.each([
    ['a summary with its documents', () => `/FHIR/R4/${encounter}/$summary`],
    ['a submission as a Bundle', () => `/FHIR/R4/Bundle/${submission}`],
    ['a version of it', () => `/FHIR/R4/Bundle/${submission}/_history/1`],
    ['the bytes of a submission', () => `/submissions/${submission}/raw`],
    ['a page whose first entry is larger by itself', () => '/FHIR/R4/Bundle?_sort=_lastUpdated&_count=1'],
  ])('is refused as too costly: %s', async (_name, path) => {
    const reply = await homeward.call('GET', path());
    expect([reply.status, reply.json.issue[0].code, rulesOf(reply)]).toEqual([
      403,
      'too-costly',
      ['answer-too-large'],
    ]);
  });

  it('gives way to a smaller one where something was stored', async () => {
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: aSummary().stay(4).pdf(pdf(90_000)).bytes(),
      headers: { Prefer: 'return=representation' },
    });
    expect([sent.status, sent.json.resourceType]).toEqual([201, 'OperationOutcome']);
  });
});

describe('a document by itself', () => {
  it('has no bound, however it is asked for', async () => {
    const own = await homeward.call('GET', `/FHIR/R4/${binary}`);
    const fhir = await homeward.call('GET', `/FHIR/R4/${binary}?_format=json`);
    const pretty = await homeward.call('GET', `/FHIR/R4/${binary}?_format=json&_pretty=true`);
    const xml = await homeward.call('GET', `/FHIR/R4/${binary}?_format=xml`);
    const part = await homeward.call('GET', `/FHIR/R4/${binary}`, { headers: { Range: 'bytes=10-99999' } });
    expect([own.status, own.bytes.equals(document)]).toEqual([200, true]);
    expect(Buffer.from(fhir.json.data, 'base64').equals(document)).toBe(true);
    expect(pretty.json).toEqual(fhir.json);
    expect(/<data value="([^"]*)"/.exec(xml.bytes.toString())?.[1]).toBe(fhir.json.data);
    expect([part.status, part.bytes.equals(document.subarray(10, 100_000))]).toEqual([206, true]);
    for (const each of [own, fhir, pretty, xml])
      expect(Number(each.headers.get('content-length'))).toBe(each.bytes.length);
  });

  it('is told of by HEAD without being read', async () => {
    const head = await homeward.call('HEAD', `/FHIR/R4/${binary}?_format=json`);
    const get = await homeward.call('GET', `/FHIR/R4/${binary}?_format=json`);
    expect([head.bytes.length, head.headers.get('content-length')]).toEqual([0, String(get.bytes.length)]);
  });
});

describe('a batch', () => {
  const batchOf = (urls: readonly string[]): object => ({
    resourceType: 'Bundle',
    type: 'batch',
    entry: urls.map((url) => ({ request: { method: 'GET', url } })),
  });

  it('refuses the entry whose answer is too large, and answers the others', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4', { body: batchOf([binary, patient]) });
    const [first, second] = reply.json.entry;
    expect([first.response.status, first.response.outcome.issue[0].code, second.response.status]).toEqual([
      '403',
      'too-costly',
      '200',
    ]);
  });

  it.each(['json', 'xml'])('is bounded as a whole: %s', async (format) => {
    const body = batchOf(Array<string>(40).fill('Observation?_count=5'));
    const reply = await homeward.call('POST', `/FHIR/R4?_format=${format}`, { body });
    const answered = reply.bytes.toString().split('searchset').length - 1;
    expect([reply.status, answered > 0, answered < 40, reply.bytes.length <= MOST]).toEqual([
      200,
      true,
      true,
      true,
    ]);
  });

  it('ends when its caller has gone', async () => {
    const token = homeward.token('system/Observation.rs system/AuditEvent.rs', 'GONE1');
    const body = JSON.stringify(batchOf(Array<string>(900).fill('Observation?_count=5&_summary=count')));
    const { hostname, port } = new URL(homeward.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /FHIR/R4 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/fhir+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
          () => setTimeout(() => resolve(void socket.destroy()), 150),
        );
      });
    });
    const count = async (): Promise<number> =>
      (await homeward.call('GET', '/FHIR/R4/AuditEvent?agent:identifier=GONE1&_summary=count')).json
        .total as number;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const soon = await count();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([(await count()) === soon, soon < 900]).toEqual([true, true]);
  });
});
