/**
 * Requests that are refused before they are worked on, or while their body is read: the audit trail names whom the body
 * was about, by NHS number and by id, as it does of any other attempt.
 */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type CallOptions, type Homeward, type Reply } from '../support/homeward';

const NUMBER = '9990000018';
const ASKED = `https://fhir.nhs.uk/Id/nhs-number|${NUMBER}`;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const FHIR = { 'Content-Type': 'application/fhir+json' };
let homeward: Homeward;
let patient: string;
let stay: string;

beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  const idOf = async (type: string): Promise<string> =>
    (await homeward.call('GET', `/FHIR/R4/${type}`)).json.entry[0].resource.id as string;
  patient = await idOf('Patient');
  stay = await idOf('Encounter');
});
afterAll(() => homeward.close());

/** How often the trail names the patient for one request: in the request's record and in those of its entries. */
async function traced(path: string, options: CallOptions): Promise<{ reply: Reply; named: number[] }> {
  const requestId = randomUUID();
  const headers = { ...options.headers, 'X-Request-ID': requestId };
  const reply = await homeward.call('POST', path, { ...options, headers });
  const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  const records = (json.entry ?? []) as object[];
  const named = records.map((record) => {
    const text = JSON.stringify(record);
    return text.includes(NUMBER) || text.includes(`Patient/${patient}`) ? 1 : 0;
  });
  return { reply, named };
}

const bundle = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
const observation = (subject: object, request: object = {}): object => ({
  resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject },
  request: { method: 'POST', url: 'Observation', ...request },
});
const writes = (): [string, object][] => [
  [
    'a Patient by number',
    {
      resource: {
        resourceType: 'Patient',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: NUMBER }],
      },
      request: { method: 'POST', url: 'Patient' },
    },
  ],
  ['a reading by searches', observation({ reference: `Patient?identifier=${ASKED}` })],
  ['a reading by a condition', observation({ display: 'x' }, { ifNoneExist: `subject.identifier=${ASKED}` })],
  ['a reading by id', observation({ reference: `Patient/${patient}` })],
  ['a reading by a stay', { ...observation({ display: 'x' }), fullUrl: `http://x/Encounter/${stay}` }],
  ['a deletion', { request: { method: 'DELETE', url: `Encounter/${stay}` } }],
];

describe('a write by a caller that may only read', () => {
  it.each(['batch', 'transaction'])('is recorded with whom it was about, in a %s', async (type) => {
    for (const [name, entry] of writes()) {
      const token = homeward.token('system/Location.rs', 'ZZ9');
      const { named } = await traced('/FHIR/R4', { token, body: bundle(type, entry) });
      expect([name, named.includes(1)]).toEqual([name, true]);
    }
  });
});

describe('what is refused before or while its body is read is recorded with whom it was about', () => {
  const form = `identifier=${encodeURIComponent(ASKED)}`;
  const broken = `{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"${NUMBER}"}`;
  const summary = JSON.stringify(aSummary().build());
  const read = { request: { method: 'GET', url: `Patient?identifier=${ASKED}` } };
  const unacceptable = { Accept: 'image/png' };
  const zipped = gzipSync(Buffer.from(summary));

  it.each<[string, string, number, CallOptions]>([
    ['a form, 406', 'Patient/_search', 406, { body: form, headers: { ...FORM, ...unacceptable } }],
    ['a form, 415', 'Patient/_search', 415, { body: form, headers: { 'Content-Type': 'text/plain' } }],
    [
      'a search in JSON, 415',
      'Patient/_search',
      415,
      { body: JSON.stringify({ identifier: NUMBER }), headers: { 'Content-Type': 'application/json' } },
    ],
    [
      'a submission that is no gzip',
      'Bundle',
      400,
      { body: summary, headers: { ...FHIR, 'Content-Encoding': 'gzip' } },
    ],
    ['a match that is broken', 'Patient/$match', 400, { body: broken, headers: FHIR }],
    ['a match, 406', 'Patient/$match', 406, { body: broken, headers: { ...FHIR, ...unacceptable } }],
    ['a match, 415', 'Patient/$match', 415, { body: broken, headers: { 'Content-Type': 'text/plain' } }],
    ['a submission, 406', 'Bundle', 406, { body: summary, headers: { ...FHIR, ...unacceptable } }],
    ['a submission, 415', 'Bundle', 415, { body: summary, headers: { 'Content-Type': 'image/png' } }],
    ['a submission cut short', 'Bundle', 400, { body: summary.slice(0, 4_000), headers: FHIR }],
    ['a batch, 406', '', 406, { body: bundle('batch', read), headers: { ...FHIR, ...unacceptable } }],
    ['a batch of too many reads', '', 422, { body: bundle('batch', ...Array<object>(1_001).fill(read)) }],
    [
      'a gzip that is cut short',
      'Bundle',
      400,
      { body: zipped.subarray(0, zipped.length - 6), headers: { ...FHIR, 'Content-Encoding': 'gzip' } },
    ],
  ])('%s', async (_name, path, status, options) => {
    const { reply, named } = await traced(`/FHIR/R4/${path}`.replace(/\/$/, ''), options);
    expect([reply.status, named]).toEqual([status, [1]]);
  });

  it('a gzip that is cut short, refused for its scope', async () => {
    const { reply, named } = await traced('/FHIR/R4/Bundle', {
      token: homeward.token('system/Location.rs', 'ZZ9'),
      body: zipped.subarray(0, zipped.length - 6),
      headers: { ...FHIR, 'Content-Encoding': 'gzip' },
    });
    expect([reply.status, named]).toEqual([403, [1]]);
  });
});

describe('a body that spells a number or an id by references to its characters', () => {
  const inXml = (text: string, spelled: (code: number) => string): string =>
    [...text].map((each) => spelled(each.codePointAt(0)!)).join('');
  const decimal = (code: number): string => `&#${code};`;
  const hex = (code: number): string => `&#x00${code.toString(16).toUpperCase()};`;
  const json = (code: number): string => `\\u00${code.toString(16)}`;
  const patientOf = (system: string, value: string): string =>
    `<Patient xmlns="http://hl7.org/fhir"><identifier><system value="${system}"/><value value="${value}"/></identifier></Patient>`;
  const SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';
  const XML = { 'Content-Type': 'application/fhir+xml' };

  it.each<[string, string, Record<string, string>]>([
    ['a number in decimals', patientOf(SYSTEM, inXml(NUMBER, decimal)), XML],
    ['a number and its system in hexadecimals', patientOf(inXml(SYSTEM, hex), inXml(NUMBER, hex)), XML],
    [
      'a number in JSON',
      `{"resourceType":"Basic","subject":{"identifier":{"system":"${SYSTEM}","value":"${inXml(NUMBER, json)}"}}}`,
      FHIR,
    ],
  ])('is refused for its scope, and recorded: %s', async (_name, body, headers) => {
    const token = homeward.token('system/Location.rs', 'ZZ9');
    const { reply, named } = await traced('/FHIR/R4/Bundle', { token, body, headers });
    expect([reply.status, named]).toEqual([403, [1]]);
  });

  it('is refused for its scope, and recorded: an id', async () => {
    const token = homeward.token('system/Location.rs', 'ZZ9');
    const body = `<Basic xmlns="http://hl7.org/fhir"><subject><reference value="Encounter/${inXml(stay, decimal)}"/></subject></Basic>`;
    const { reply, named } = await traced('/FHIR/R4/Bundle', { token, body, headers: XML });
    expect([reply.status, named]).toEqual([403, [1]]);
  });
});

describe('a check of what is not stored', () => {
  const person = {
    resourceType: 'Patient',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: NUMBER }],
  };

  it.each<[string, string, object]>([
    ['a summary', 'Bundle', aSummary().build()],
    ['a Patient', 'Patient', person],
    [
      'Parameters',
      'Patient',
      { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: person }] },
    ],
    [
      'a reading by id',
      'Observation',
      (observation({ reference: 'Patient/PATIENT' }) as { resource: object }).resource,
    ],
    [
      'a deletion',
      'Patient',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'mode', valueCode: 'delete' },
          { name: 'resource', resource: person },
        ],
      },
    ],
  ])('is recorded with whom it is about: %s', async (_name, type, body) => {
    const text = JSON.stringify(body).replace('PATIENT', patient);
    const { reply, named } = await traced(`/FHIR/R4/${type}/$validate`, { body: text });
    expect([reply.status, named]).toEqual([200, [1]]);
  });
});
