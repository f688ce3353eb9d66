/** How a submission is answered when it is stored: the table «Submitting» of the contract, as a sender sees it. */
import { gzipSync } from 'node:zlib';
import { stringify } from '../../src/fhir/decimal';
import { parseXml } from '../../src/fhir/xml/parse-xml';
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { AnyResource } from '../../src/fhir/types';
import { asTransaction, become } from '../fixtures/kinds';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
/** Each test sends a stay of its own, so that none is a resend or a correction of another's. */
let stay = 100;
const aNewSummary = () => aSummary().stay((stay += 1));

beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const post = (path: string, body: Buffer | object, headers: Record<string, string> = {}): Promise<Reply> =>
  homeward.call('POST', path, { body, headers });

function expectStored(reply: Reply): string {
  expect({ status: reply.status, said: reply.status === 201 ? '' : reply.json }).toEqual({
    status: 201,
    said: '',
  });
  const id = reply.headers.get('x-submission-id') ?? '';
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(reply.headers.get('location')).toBe(`${homeward.fhir}/Bundle/${id}/_history/1`);
  expect(reply.headers.get('etag')).toBe('W/"1"');
  return id;
}

describe('POST /FHIR/R4/Bundle', () => {
  it('stores a collection: 201 with Location, ETag and an OperationOutcome', async () => {
    const reply = await post('/FHIR/R4/Bundle', aNewSummary().bytes());
    expectStored(reply);
    expect(told(reply)).toEqual([{ severity: 'information', code: 'informational', rule: 'ok' }]);
  });

  it.each(['document', 'message'] as const)('stores a %s', async (type) => {
    expectStored(await post('/FHIR/R4/Bundle', aNewSummary().changed(become[type]).bytes()));
    expectStored(await post('/FHIR/R4', aNewSummary().changed(become[type]).bytes()));
  });

  it('says nothing under Prefer: return=minimal', async () => {
    const reply = await post('/FHIR/R4/Bundle', aNewSummary().bytes(), { Prefer: 'return=minimal' });
    expectStored(reply);
    expect(reply.bytes.length).toBe(0);
  });

  it('gives the Bundle back under Prefer: return=representation, with the server’s id', async () => {
    const summary = aNewSummary();
    const reply = await post('/FHIR/R4/Bundle', summary.bytes(), { Prefer: 'return=representation' });
    const id = expectStored(reply);
    expect(reply.json).toMatchObject({
      resourceType: 'Bundle',
      id,
      type: 'collection',
      meta: { versionId: '1' },
    });
    expect(reply.json.entry).toHaveLength((summary.build().entry as unknown[]).length);
  });

  it.each([
    'application/json',
    'application/fhir+json; charset=utf-8',
    'application/fhir+json; fhirVersion=4.0',
  ])('takes %s', async (type) => {
    expectStored(await post('/FHIR/R4/Bundle', aNewSummary().bytes(), { 'Content-Type': type }));
  });

  it.each(['application/fhir+xml', 'application/xml'])('takes %s', async (type) => {
    const xml = Buffer.from(writeXml(aNewSummary().build()));
    expectStored(await post('/FHIR/R4/Bundle', xml, { 'Content-Type': type }));
  });

  it('takes a gzipped body', async () => {
    const body = gzipSync(aNewSummary().bytes());
    expectStored(await post('/FHIR/R4/Bundle', body, { 'Content-Encoding': 'gzip' }));
  });

  it('answers in XML where XML is accepted', async () => {
    const reply = await post('/FHIR/R4/Bundle', aNewSummary().bytes(), { Accept: 'application/fhir+xml' });
    expectStored({ ...reply, json: undefined });
    expect(reply.headers.get('content-type')).toBe('application/fhir+xml; charset=utf-8');
    const read = parseXml(reply.bytes);
    expect(read.ok && (read.value as AnyResource).resourceType).toBe('OperationOutcome');
  });

  it('tells each repair as a warning, where it was made', async () => {
    const summary = aNewSummary().with('Encounter.status', 'final');
    const reply = await post('/FHIR/R4/Bundle', summary.bytes());
    expectStored(reply);
    const warnings = told(reply).filter(({ severity }) => severity === 'warning');
    expect(warnings.map(({ rule, expression }) => ({ rule, expression }))).toContainEqual({
      rule: 'enc-status-final',
      expression: 'Bundle.entry[2].resource.status',
    });
  });
});

describe('POST /FHIR/R4', () => {
  it('takes a collection like the path of Bundle', async () => {
    expectStored(await post('/FHIR/R4', aNewSummary().bytes()));
  });

  it('answers a transaction with a transaction-response, an entry for each of the request’s', async () => {
    const transaction = asTransaction(aNewSummary().build());
    const reply = await post('/FHIR/R4', Buffer.from(stringify(transaction)));
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-submission-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.json).toMatchObject({ resourceType: 'Bundle', type: 'transaction-response' });
    const entries = reply.json.entry as { response: { status: string; location: string; etag: string } }[];
    expect(entries).toHaveLength((transaction.entry as unknown[]).length);
    for (const { response } of entries) {
      expect(response.status).toMatch(/^(200|201)/);
      expect(response.location).toMatch(/^(http.*\/)?[A-Z][A-Za-z]+\/[0-9a-f-]{36}\/_history\/\d+$/);
      expect(response.etag).toMatch(/^W\/"\d+"$/);
    }
  });

  it('stores all entries of a transaction or none', async () => {
    const transaction = asTransaction(aNewSummary().without('Encounter.status').build());
    const encounters = async (): Promise<number> =>
      (await homeward.call('GET', '/FHIR/R4/Encounter?_summary=count')).json.total as number;
    const before = await encounters();
    const reply = await post('/FHIR/R4', Buffer.from(stringify(transaction)));
    expect(reply.status).toBe(422);
    expect(await encounters()).toBe(before);
  });
});

describe('a resend', () => {
  it('is answered 200 with the first Location and X-Submission-ID', async () => {
    const body = aNewSummary().bytes();
    const first = await post('/FHIR/R4/Bundle', body);
    const again = await post('/FHIR/R4/Bundle', body);
    expect(again.status).toBe(200);
    for (const header of ['location', 'x-submission-id', 'etag'])
      expect(again.headers.get(header)).toBe(first.headers.get(header));
  });

  it('is recognised in the other format, too', async () => {
    const summary = aNewSummary();
    const first = await post('/FHIR/R4/Bundle', summary.bytes());
    const xml = Buffer.from(writeXml(summary.build()));
    const again = await post('/FHIR/R4/Bundle', xml, { 'Content-Type': 'application/fhir+xml' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('of another sender is a submission of its own', async () => {
    const body = aNewSummary().bytes();
    const first = await post('/FHIR/R4/Bundle', body);
    const other = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body,
      token: homeward.token(undefined, 'RTG'),
    });
    expect([first.status, other.status]).toEqual([201, 201]);
    expect(other.headers.get('x-submission-id')).not.toBe(first.headers.get('x-submission-id'));
  });
});

describe('$validate', () => {
  it.each(['/FHIR/R4/Bundle/$validate'])(
    '%s tells what a submission would be told, and stores nothing',
    async (path) => {
      const summary = aNewSummary();
      const good = await post(path, summary.bytes());
      expect(good.status).toBe(200);
      expect(told(good)).toEqual([{ severity: 'information', code: 'informational', rule: 'ok' }]);
      const bad = await post(path, summary.without('Encounter.status').bytes());
      expect(bad.status).toBe(200);
      expect(told(bad).some(({ severity }) => severity === 'error')).toBe(true);
      expect(bad.headers.get('x-submission-id')).toBeNull();
      expect((await post('/FHIR/R4/Bundle', summary.bytes())).status).toBe(201);
    },
  );

  it('takes a resource by itself at the path of its type', async () => {
    const patient = { resourceType: 'Patient', gender: 'nobody' };
    const reply = await post('/FHIR/R4/Patient/$validate', patient);
    expect(reply.status).toBe(200);
    expect(told(reply).map(({ expression }) => expression)).toContain('Patient.gender');
  });
});

describe('every answer', () => {
  it('has a request id: the caller’s, or a new one', async () => {
    const given = await homeward.call('GET', '/_ping', { headers: { 'X-Request-ID': 'a-1' } });
    expect(given.headers.get('x-request-id')).toBe('a-1');
    const made = await homeward.call('GET', '/FHIR/R4/nowhere/at/all');
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('echoes the correlation id', async () => {
    const reply = await homeward.call('GET', '/_ping', { headers: { 'X-Correlation-ID': 'c/7' } });
    expect(reply.headers.get('x-correlation-id')).toBe('c/7');
    expect((await homeward.call('GET', '/_ping')).headers.get('x-correlation-id')).toBeNull();
  });
});
