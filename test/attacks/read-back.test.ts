/**
 * What is accepted can be read by everything that reads: whatever a summary brought that was answered 201, no read,
 * search, page, later summary or verification ends in a 5xx.
 */
import * as fc from 'fast-check';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { stringify } from '../../src/fhir/decimal';
import {
  isObject,
  isResource,
  listOf,
  type AnyResource,
  type Json,
  type JsonObject,
} from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { Visitor } from '../console/visitor';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { told } from '../support/outcome';
import { untilSealed } from '../support/until-sealed';

const NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const XML = { 'Content-Type': 'application/fhir+xml' };

let homeward: Homeward;
let clinician: Visitor;
beforeAll(async () => {
  homeward = await startHomeward({ CONSOLE_SIGN_INS_PER_MINUTE: '1000' });
  clinician = new Visitor(homeward);
  await clinician.signIn('clinician');
});
afterAll(() => homeward.close());

/** `levels` extensions, each in the one before. */
const nested = (
  levels: number,
  inside: JsonObject = { url: 'https://a.example/x', valueString: 'x' },
): JsonObject =>
  Array.from({ length: levels - 1 }).reduce<JsonObject>(
    (inner) => ({ url: 'https://a.example/x', extension: [inner] }),
    inside,
  );

/** References in identifiers of references: one level of JSON for each. */
const assigners = (levels: number): JsonObject =>
  Array.from({ length: levels }).reduce<JsonObject>(
    (inner) => ({ identifier: { value: 'x', assigner: inner } }),
    { display: 'x' },
  );

let stays = 0;
interface Sent {
  stay: number;
  number: string;
  reply: Reply;
}

/** Sends a summary of its own patient, in which a resource of the type has these members too. */
async function send(type: string, members: JsonObject, format: 'json' | 'xml'): Promise<Sent> {
  const stay = (stays += 1);
  const number = nhsNumberOf(stay);
  const bundle = aSummary()
    .stay(stay)
    .nhsNumber(number)
    .changed((each) => {
      const found = listOf<Json>(each.entry)
        .map((entry) => (isObject(entry) ? entry.resource : undefined))
        .find((resource) => isResource(resource) && resource.resourceType === type);
      Object.assign(found as AnyResource, members);
    });
  const body = format === 'xml' ? writeXml(bundle.build()) : stringify(bundle.build());
  const headers = format === 'xml' ? XML : {};
  return { stay, number, reply: await homeward.call('POST', '/FHIR/R4/Bundle', { body, headers }) };
}

/** Reads all of the patient's record in every way. @returns what ended in a 5xx */
async function unreadable({ stay, number, reply }: Sent): Promise<string[]> {
  const wrong: string[] = [];
  const ask = async (method: string, path: string, body?: object): Promise<Reply> => {
    const answer = await homeward.call(method, `/FHIR/R4${path}`, body ? { body } : {});
    if (answer.status >= 500) wrong.push(`${answer.status} ${method} ${path}`);
    return answer;
  };
  if (reply.status >= 500) wrong.push(`${reply.status} submission`);
  if (reply.status !== 201) return wrong;
  const { json } = await ask('GET', `/Patient?identifier=${NUMBER}|${number}`);
  const { id } = (json as fhir4.Bundle).entry![0]!.resource as fhir4.Patient;
  const everything = await ask('GET', `/Patient/${id}/$everything`);
  const resources = (everything.json as fhir4.Bundle).entry!.map((entry) => entry.resource!);
  const of = (type: string): string => resources.find(({ resourceType }) => resourceType === type)?.id ?? '';
  const searches = [`Patient?_id=${id}`, `Observation?patient=${id}`, `DocumentReference?patient=${id}`];
  const reads = [
    ...searches.flatMap((path) =>
      ['', '&_format=xml', '&_summary=true', '&_summary=text'].map((more) => path + more),
    ),
    ...[
      `Observation?patient=${id}&_elements=code`,
      'Organization',
      'Organization?_format=xml',
      'Organization/_history',
    ],
    ...[
      `Patient/${id}?_format=xml`,
      `Patient/${id}/_history?_format=xml`,
      `Patient/${id}/$everything?_format=xml`,
    ],
    ...[`Encounter/${of('Encounter')}/$summary`, `Encounter/${of('Encounter')}/$summary?_format=xml`],
    ...[`Observation/$lastn?patient=${id}`, `Patient/${id}/$validate`],
    ...[`Observation?patient=${id}&_sort=value-quantity`, `Encounter?patient=${id}&_sort=-date`],
  ];
  for (const path of reads) await ask('GET', `/${path}`);
  const entry = searches.map((url) => ({ request: { method: 'GET', url } }));
  for (const format of ['json', 'xml'])
    await ask('POST', `?_format=${format}`, { resourceType: 'Bundle', type: 'batch', entry });
  for (const path of [`patients/${id}`, `stays/${of('Encounter')}`]) {
    const page = await clinician.get(`/console/${path}`);
    if (page.status >= 500) wrong.push(`${page.status} page ${path}`);
  }
  const again = aSummary()
    .stay(stay + 100_000)
    .nhsNumber(number)
    .build();
  const second = await homeward.call('POST', '/FHIR/R4/Bundle', { body: again });
  if (second.status >= 500) wrong.push(`${second.status} second summary`);
  return wrong;
}

describe('what is nested too deep', () => {
  const types = ['Organization', 'Patient', 'Observation'];
  const places = types.flatMap((type) => (['json', 'xml'] as const).map((format) => [type, format] as const));

  it.each(places)('in the %s of a summary in %s is refused by one bound', async (type, format) => {
    const accepted = await send(type, { extension: [nested(27)] }, format);
    expect(accepted.reply.status).toBe(201);
    expect(await unreadable(accepted)).toEqual([]);
    const { reply } = await send(type, { extension: [nested(29)] }, format);
    expect(reply.status).toBe(422);
    const faults = told(reply).filter(({ rule }) => rule === 'r4-depth');
    expect(faults).toEqual([
      expect.objectContaining({
        expression: expect.stringMatching(/^Bundle\.entry\[\d\]\.resource\.extension/),
      }),
    ]);
    for (const levels of [48, 50, 60, 120]) {
      const deeper = await send(type, { extension: [nested(levels)] }, format);
      expect([400, 422]).toContain(deeper.reply.status);
    }
  });

  it('is refused in whatever it is nested', async () => {
    for (const format of ['json', 'xml'] as const) {
      const inAssigners = await send('Organization', { partOf: assigners(30) }, format);
      expect(inAssigners.reply.status).toBe(422);
      const ofPrimitive = await send('Organization', { _active: { extension: [nested(29)] } }, format);
      expect(ofPrimitive.reply.status).toBe(422);
    }
    const one = { resourceType: 'Patient', extension: [nested(28)] };
    const { json } = await homeward.call('POST', '/FHIR/R4/Patient/$validate', { body: one });
    expect(JSON.stringify(json)).not.toContain('r4-depth');
    const more = { resourceType: 'Patient', extension: [nested(29)] };
    const judged = await homeward.call('POST', '/FHIR/R4/Patient/$validate', { body: more });
    expect(JSON.stringify(judged.json)).toContain('r4-depth');
  });
});

describe('whatever is accepted', () => {
  const text = fc.oneof(
    fc.constantFrom(
      '\u0001',
      '\ufffe\uffff',
      '\ud83d',
      '\u2028\u2029',
      '</div>]]>&amp;',
      '\u202e',
      'a\u0300'.repeat(40),
      'x'.repeat(70_000),
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  );
  const number = fc.constantFrom(
    ...['1e400', '-1e-400', '9'.repeat(200), '-0', '0.' + '0'.repeat(190) + '1', '1E+5', '36.50'],
  );
  const date = fc.constantFrom(
    '0001',
    '9999-12',
    '0000-01-01',
    '2024-02-29',
    '9999-12-31T23:59:60Z',
    '2025-01-01T00:00:00.123456789+14:00',
  );
  const value = fc.oneof(
    text.map((valueString): JsonObject => ({ valueString })),
    number.map((valueDecimal): JsonObject => ({ valueDecimal: `\u0000#${valueDecimal}` })),
    number.map((each): JsonObject => ({ valueQuantity: { value: `\u0000#${each}`, unit: 'x' } })),
    date.map((valueDateTime): JsonObject => ({ valueDateTime })),
    text.map((title): JsonObject => ({
      valueAttachment: { contentType: 'text/plain', data: 'QUFBQQ==', title },
    })),
    fc.constant<JsonObject>({ valueBoolean: true, __proto__: null }),
    fc.constant<JsonObject>({
      _valueString: { extension: [{ url: 'https://a.example/z', valueCode: 'x' }] },
    }),
    fc.integer({ min: 1, max: 40 }).map((levels): JsonObject => ({ valueReference: assigners(levels) })),
  );
  const members = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 60 }), value).map(([levels, inside]): JsonObject => ({
      extension: [nested(levels, { url: 'https://a.example/x', ...inside })],
    })),
    text.map((name): JsonObject => ({ name: [{ family: name, given: [name, 'x'] }], alias: [name] })),
    fc.constantFrom<JsonObject>(
      { name: [{ given: [null, 'x'], _given: [{ extension: [nested(20)] }, null] }] },
      { contained: [{ resourceType: 'Organization', id: 'c', name: 'x', extension: [nested(20)] }] },
      { value: [null] },
      JSON.parse('{"__proto__":{"a":1}}') as JsonObject,
      {
        text: {
          status: 'generated',
          div: `<div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(150)}x${'</b>'.repeat(150)}</div>`,
        },
      },
    ),
    number.map((each): JsonObject => ({
      valueQuantity: {
        value: `\u0000#${each}`,
        unit: '/min',
        system: 'http://unitsofmeasure.org',
        code: '/min',
      },
    })),
    date.map((effectiveDateTime): JsonObject => ({ effectiveDateTime })),
  );

  it('can be read, and the ledger verified', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('Organization', 'Patient', 'Observation', 'Encounter', 'DocumentReference'),
        members,
        fc.constantFrom('json' as const, 'xml' as const),
        async (type, more, format) => {
          const sent = await send(type, more, format);
          if (sent.reply.status === 201) accepted += 1;
          expect(await unreadable(sent)).toEqual([]);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 30), seed: Number(process.env.SEED ?? 13), endOnFailure: true },
    );
    expect(accepted).toBeGreaterThan(5);
  });

  it('leaves the later summaries of others alone, and a ledger that is verified', async () => {
    const { reply } = await send('Patient', {}, 'json');
    expect(reply.status).toBe(201);
    await untilSealed(homeward.app.database);
    const { json } = await homeward.call('GET', '/ledger/verify');
    expect(json).toMatchObject({ status: 'pass' });
  });
});

describe('what was stored before there was one bound', () => {
  it('is read, searched, corrected and passed by', async () => {
    const sent = await send('Observation', {}, 'json');
    const deep = stringify({ url: 'https://a.example/x', extension: [nested(95)] });
    const long = '7'.repeat(300);
    for (const table of ['organization', 'patient', 'observation'])
      await homeward.app.database.query(
        {
          text: `UPDATE ${table} SET content = regexp_replace(content, '^\\{',
            '{"extension":[' || $1 || ',{"url":"https://a.example/y","valueDecimal":' || $2 || '}],')`,
        },
        [deep, long],
      );
    expect(await unreadable(sent)).toEqual([]);
    const { bytes } = await homeward.call('GET', '/FHIR/R4/Observation?_format=xml');
    expect(bytes.toString()).toContain(`<valueDecimal value="${long}"/>`);
    const next = await send('Observation', {}, 'json');
    expect(next.reply.status).toBe(201);
  });
});
