/** What bad input gets: the table of the contract, line by line. Never a 5xx, always an OperationOutcome. */
import { gzipSync } from 'node:zlib';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
const maxBodyBytes = 200_000;

beforeAll(async () => {
  homeward = await startHomeward({ MAX_BODY_BYTES: String(maxBodyBytes) });
});
afterAll(() => homeward.close());

const post = (body: Buffer | string | object, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('POST', '/FHIR/R4/Bundle', { body, headers });

const deep = '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000);

describe('what is not a FHIR Bundle', () => {
  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'json'],
    ['no JSON', '{', 'json'],
    ['JSON that is cut off', aSummary().bytes().subarray(0, 900), 'json'],
    ['JSON nested 20,000 deep', deep, 'json'],
    ['text that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'json'],
    ['a list', '[]', 'json'],
    ['null', 'null', 'json'],
    ['JSON that is no FHIR', '{"hello":"world"}', 'json'],
    ['another resource', '{"resourceType":"Patient"}', 'json'],
    ['a type that R4 does not know', '{"resourceType":"Bandle","type":"collection"}', 'json'],
    ['no XML', '<Bundle', 'xml'],
    ['XML of another namespace', '<Bundle xmlns="urn:other"/>', 'xml'],
    ['XML with a DOCTYPE', '<!DOCTYPE x [<!ENTITY a "b">]><Bundle xmlns="http://hl7.org/fhir"/>', 'xml'],
    ['JSON said to be XML', '{"resourceType":"Bundle"}', 'xml'],
  ])('%s: 400', async (_what, body, format) => {
    const reply = await post(body, { 'Content-Type': `application/fhir+${format}` });
    expect(reply.status).toBe(400);
    expect(['fatal', 'error']).toContain(told(reply)[0]?.severity);
    expect(reply.headers.get('x-submission-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is told in XML where XML is accepted', async () => {
    const reply = await post('{', { Accept: 'application/fhir+xml' });
    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toBe('application/fhir+xml; charset=utf-8');
    expect(reply.bytes.toString()).toContain('<OperationOutcome xmlns="http://hl7.org/fhir">');
  });
});

describe('a Bundle that breaks rules', () => {
  it('is answered 422 with every fault at once, each where it is', async () => {
    const body = aSummary().without('Encounter.status').without('DocumentReference.status').bytes();
    const reply = await post(body);
    expect(reply.status).toBe(422);
    const places = told(reply).map(({ expression = '' }) => expression);
    expect(places.some((place) => place.startsWith('Bundle.entry[2].resource'))).toBe(true);
    expect(places.some((place) => place.startsWith('Bundle.entry[3].resource'))).toBe(true);
  });

  it('names the section of the guidance that a fault breaks', async () => {
    const reply = await post(aSummary().without('Encounter.period').bytes());
    const issues = reply.json.issue as fhir4.OperationOutcomeIssue[];
    expect(issues.some(({ diagnostics }) => /^3\.4\.4 /.test(diagnostics ?? ''))).toBe(true);
  });

  it('is told the same in XML', async () => {
    const summary = aSummary().without('Encounter.status').build();
    const json = await post(summary);
    const xml = await post(Buffer.from(writeXml(summary)), { 'Content-Type': 'application/fhir+xml' });
    expect(xml.status).toBe(422);
    expect(told(xml)).toEqual(told(json));
  });

  it('is refused under handling=strict for what would have been repaired', async () => {
    const body = aSummary().stay(7).with('Encounter.status', 'final').bytes();
    const reply = await post(body, { Prefer: 'handling=strict' });
    expect(reply.status).toBe(422);
    expect(told(reply)).toContainEqual(
      expect.objectContaining({ severity: 'error', rule: 'enc-status-final' }),
    );
  });

  it('does not repeat what it says of the patient', async () => {
    const reply = await post(aSummary().nhsNumber('9990000019').bytes());
    expect(reply.status).toBe(422);
    for (const secret of ['9990000019', "O'Brien", 'LS99', '1950-03-14', 'Margaret'])
      expect(reply.bytes.toString()).not.toContain(secret);
  });
});

describe('a conflict', () => {
  it('of the same version with other content is answered 409', async () => {
    const summary = aSummary().stay(20);
    expect((await post(summary.bytes())).status).toBe(201);
    const reply = await post(summary.with('Patient.gender', 'unknown').bytes());
    expect(reply.status).toBe(409);
    expect(told(reply).map(({ code }) => code)).toContain('conflict');
  });

  it('of an older correction is answered 409', async () => {
    const summary = aSummary().stay(21);
    expect((await post(summary.correction(3).bytes())).status).toBe(201);
    const reply = await post(summary.correction(2).bytes());
    expect(reply.status).toBe(409);
    expect(told(reply).map(({ code }) => code)).toContain('conflict');
  });

  it('of birth dates is answered 409', async () => {
    expect((await post(aSummary().stay(22).bytes())).status).toBe(201);
    const reply = await post(aSummary().stay(23).birthDate('1951-04-15').bytes());
    expect(reply.status).toBe(409);
    expect(told(reply).map(({ code }) => code)).toContain('conflict');
  });
});

describe('media types', () => {
  it.each([
    'text/plain',
    'application/pdf',
    'application/fhir+json; charset=latin1',
    'application/fhir+json; fhirVersion=3.0',
  ])('%s as Content-Type: 415', async (type) => {
    const reply = await post(aSummary().bytes(), { 'Content-Type': type });
    expect(reply.status).toBe(415);
    expect(told(reply)[0]).toMatchObject({ severity: 'error', code: 'not-supported' });
  });

  it('an unknown Content-Encoding: 415', async () => {
    expect((await post(aSummary().bytes(), { 'Content-Encoding': 'br' })).status).toBe(415);
  });

  it('an Accept that nothing fits: 406', async () => {
    const reply = await post(aSummary().bytes(), { Accept: 'image/png' });
    expect(reply.status).toBe(406);
    expect(told(reply)).toEqual([{ severity: 'error', code: 'not-supported', rule: 'http-accept' }]);
  });

  it('a _format that nothing fits: 406', async () => {
    expect((await homeward.call('GET', '/FHIR/R4/metadata?_format=turtle')).status).toBe(406);
  });
});

describe('what is too large', () => {
  it('is answered 413', async () => {
    const reply = await post(Buffer.alloc(maxBodyBytes + 1, 0x20));
    expect(reply.status).toBe(413);
    expect(told(reply)).toEqual([{ severity: 'error', code: 'too-long', rule: 'http-too-large' }]);
  });

  it('is answered 413 when only its decompressed size is', async () => {
    const reply = await post(gzipSync(Buffer.alloc(maxBodyBytes + 1, 0x20)), { 'Content-Encoding': 'gzip' });
    expect(reply.status).toBe(413);
  });

  it('is taken up to the last byte allowed', async () => {
    const reply = await post(Buffer.alloc(maxBodyBytes, 0x20));
    expect(reply.status).toBe(400);
  });

  it('is not what it says when the gzip stream is broken: 400', async () => {
    const reply = await post(gzipSync(aSummary().bytes()).subarray(0, 200), { 'Content-Encoding': 'gzip' });
    expect(reply.status).toBe(400);
    expect(told(reply)).toEqual([{ severity: 'error', code: 'structure', rule: 'http-gzip' }]);
  });
});

describe('paths and methods', () => {
  const unknownId = '00000000-0000-4000-8000-000000000000';

  it.each([
    '/nowhere',
    '/FHIR/R5/Patient',
    '/FHIR/R4/Nothing',
    '/FHIR/R4/Nothing/1',
    `/FHIR/R4/Patient/${unknownId}`,
    '/FHIR/R4/Patient/not-a-uuid',
    `/FHIR/R4/Patient/${unknownId}/_history`,
    `/FHIR/R4/Patient/${unknownId}/_history/1`,
    `/FHIR/R4/Bundle/${unknownId}`,
    `/FHIR/R4/Binary/${unknownId}`,
  ])('GET %s: 404', async (path) => {
    const reply = await homeward.call('GET', path);
    expect(reply.status).toBe(404);
    expect(told(reply).map(({ severity }) => severity)).toEqual(['error']);
  });

  it.each([
    ['DELETE', `/FHIR/R4/Patient/${unknownId}`, 'GET, HEAD'],
    ['PUT', `/FHIR/R4/Patient/${unknownId}`, 'GET, HEAD'],
    ['PATCH', `/FHIR/R4/Patient/${unknownId}`, 'GET, HEAD'],
    ['POST', '/FHIR/R4/metadata', 'GET, HEAD'],
    ['DELETE', '/FHIR/R4/Patient', 'GET, HEAD'],
  ])('%s %s: 405 with Allow', async (method, path, allow) => {
    const reply = await homeward.call(method, path);
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')).toBe(allow);
    expect(told(reply)).toEqual([{ severity: 'error', code: 'not-supported', rule: 'http-method' }]);
  });

  it('an escape in the URL that is no UTF-8: 400', async () => {
    for (const path of ['/FHIR/R4/Patient?name=%ff', '/FHIR/R4/Patient/%ff'])
      expect((await homeward.call('GET', path)).status).toBe(400);
  });
});

describe('an unknown search parameter', () => {
  it('is refused by default, and under handling=strict', async () => {
    for (const headers of [{}, { Prefer: 'handling=strict' }] as Record<string, string>[]) {
      const reply = await homeward.call('GET', '/FHIR/R4/Patient?shoe-size=43', { headers });
      expect(reply.status).toBe(400);
      expect(told(reply)).toHaveLength(1);
    }
  });

  it('is ignored and reported under handling=lenient', async () => {
    const reply = await homeward.call('GET', '/FHIR/R4/Patient?shoe-size=43&_count=1', {
      headers: { Prefer: 'handling=lenient' },
    });
    expect(reply.status).toBe(200);
    const entries = reply.json.entry as { resource: object; search: { mode: string } }[];
    const outcome = entries.find(({ search }) => search.mode === 'outcome')!.resource;
    expect(told({ json: outcome, headers: reply.headers })).toEqual([
      expect.objectContaining({ severity: 'warning' }),
    ]);
    expect(reply.json.link[0].url).not.toContain('shoe-size');
  });
});
