/**
 * An NHS number in another spelling, which a search reads, is on record: in each search, condition and body that asks
 * about it, found or not, counted, hidden or refused.
 */
import { randomUUID } from 'node:crypto';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type CallOptions, type Homeward, type Reply } from '../support/homeward';

const NUMBER = '9990000018';
const SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';
const fhir = '/FHIR/R4';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
let homeward: Homeward;
let patient: string;

beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', `${fhir}/Bundle`, { body: aSummary().bytes() });
  patient = (await homeward.call('GET', `${fhir}/Patient`)).json.entry[0].resource.id;
});
afterAll(() => homeward.close());

/** The answer, and whether the patient is named by some record of the request. */
async function traced(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<{ reply: Reply; isNamed: boolean; requestId: string }> {
  const requestId = randomUUID();
  const headers = { ...options.headers, 'X-Request-ID': requestId };
  const reply = await homeward.call(method, path, { ...options, headers });
  const { json } = await homeward.call('GET', `${fhir}/AuditEvent?entity:identifier=${requestId}`);
  const named = (json.entry ?? []).some((each: { resource: { entity?: { what?: object }[] } }) =>
    (each.resource.entity ?? []).some(({ what }) => {
      const text = JSON.stringify(what ?? {});
      return text.includes(`"${NUMBER}"`) || text.includes(`Patient/${patient}`);
    }),
  );
  return { reply, isNamed: named, requestId };
}

const spellings = [
  '99 90 00 00 18',
  '9990000018-',
  '-9990000018',
  '999--000--0018',
  '999  000  0018',
  '999\t000\t0018',
  '999\u00a0000\u00a00018',
  '999\u2009000\u20090018',
  '999\u2013000\u20130018',
  '999\u2212000\u22120018',
  '999\u00ad000\u00ad0018',
];

describe('a count by a number', () => {
  it.each(spellings)('written %j is counted, on record and in the report', async (written) => {
    const query = `_summary=count&birthdate=1950-03-14&identifier=${encodeURIComponent(written)}`;
    const { reply, isNamed, requestId } = await traced('GET', `${fhir}/Patient?${query}`);
    expect([reply.json.total, isNamed]).toEqual([1, true]);
    const { json } = await homeward.call('GET', `/access-report?nhs-number=${NUMBER}`);
    expect(json.rows.map((row: { requestId: string }) => row.requestId)).toContain(requestId);
  });
});

const odd = encodeURIComponent('99 90 00-00 18');

describe('a question about a number in another spelling is on record', () => {
  it.each([
    `Encounter?_summary=count&patient:identifier=${odd}`,
    `Encounter?_summary=count&patient.identifier=${odd}`,
    `Observation?_summary=count&status=final&subject.identifier=${odd}`,
    `DocumentReference?_summary=count&status=current&patient:identifier=${odd}`,
    `Organization?_summary=count&_has:Encounter:service-provider:patient.identifier=${odd}`,
    `Patient?_summary=count&identifier:not=${odd}`,
    `Patient?identifier=x,${odd}&birthdate=1900`,
    `Patient?identifier:of-type=${encodeURIComponent('urn:x|NH|')}${odd}`,
    `Encounter?patient:identifier=${encodeURIComponent(`${SYSTEM}\\|`)}${odd}&_summary=count`,
    `Observation/$lastn?patient:identifier=${odd}`,
    `AuditEvent?_summary=count&patient:identifier=${odd}`,
    `Patient?identifier=99+90+000018&unknown=1`,
    `Patient?identifier=999%C2%A0000%C2%A00018&birthdate=%ff`,
  ])('%s', async (path) => {
    expect((await traced('GET', `${fhir}/${path}`)).isNamed).toBe(true);
  });

  it('after more of a query than a refusal records', async () => {
    const { reply, isNamed } = await traced(
      'GET',
      `${fhir}/Patient?x=${'x'.repeat(21_000)}&identifier=${odd}`,
    );
    expect([reply.status, isNamed]).toEqual([414, true]);
  });

  it('by a caller that may not search', async () => {
    const token = homeward.token('system/Location.rs', 'ZZ9');
    const { reply, isNamed } = await traced('GET', `${fhir}/Patient?identifier=${odd}`, { token });
    expect([reply.status, isNamed]).toEqual([403, true]);
  });

  it('in a form', async () => {
    const body = `_summary=count&birthdate=1950-03-14&identifier=${odd}`;
    const { reply, isNamed } = await traced('POST', `${fhir}/Patient/_search`, { body, headers: FORM });
    expect([reply.json.total, isNamed]).toEqual([1, true]);
  });

  it('in an entry of a batch', async () => {
    const request = {
      method: 'GET',
      url: `Patient?_summary=count&birthdate=1950-03-14&identifier=${odd}`,
    };
    const body = { resourceType: 'Bundle', type: 'batch', entry: [{ request }] };
    const { reply, isNamed } = await traced('POST', fhir, { body });
    expect([reply.json.entry[0].resource.total, isNamed]).toEqual([1, true]);
  });

  it.each([odd, '99+90+00+0018'])('in a condition of a transaction: %s', async (written) => {
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: `urn:uuid:${randomUUID()}`,
          resource: { resourceType: 'Location', name: 'x', identifier: [{ system: 'urn:x', value: '1' }] },
          request: {
            method: 'POST',
            url: 'Location',
            ifNoneExist: `_has:Encounter:location:patient.identifier=${written}`,
          },
        },
      ],
    };
    expect((await traced('POST', fhir, { body })).isNamed).toBe(true);
  });
});

describe('a body with a number as nobody should write it is on record', () => {
  const person = (identifier: object): object => ({
    resourceType: 'Patient',
    identifier: [identifier],
    birthDate: '1950-03-14',
  });
  const parameters = (resource: object): string =>
    JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] });
  const summary = (value: unknown): string =>
    JSON.stringify(aSummary().build()).replaceAll(`"${NUMBER}"`, JSON.stringify(value));
  const reading = (value: unknown): string =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: {
            resourceType: 'Observation',
            subject: { identifier: { system: SYSTEM, value } },
          },
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    });

  it.each<[string, number, string, string | Buffer]>([
    ['a match without a system', 422, 'Patient/$match', parameters(person({ value: '99 90 00 00 18' }))],
    ['a summary with a number as a number', 422, 'Bundle', summary(Number(NUMBER))],
    ['a summary with dashes', 422, 'Bundle', summary('999\u2013000\u20130018x').replaceAll('0018x', '0018')],
    ['a reading with a number as a number', 422, '', reading(Number(NUMBER))],
    ['a summary cut short, as a number', 400, 'Bundle', summary(Number(NUMBER)).slice(0, 4_000)],
    ['a summary in UTF-16', 400, 'Bundle', Buffer.from(summary(NUMBER), 'utf16le')],
    ['a batch cut short', 400, '', `{"entry":[{"request":{"url":"Patient?identifier=${odd}"`],
  ])('%s', async (_name, status, path, body) => {
    const headers = { 'Content-Type': 'application/fhir+json' };
    const target = `${fhir}/${path}`.replace(/\/$/, '');
    const { reply, isNamed } = await traced('POST', target, { body, headers });
    expect([reply.status, isNamed]).toEqual([status, true]);
  });
});
