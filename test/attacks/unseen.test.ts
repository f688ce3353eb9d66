/**
 * Attempts to do something that the audit trail does not see: by a method or a path that is not offered, by an address
 * that can't be read, inside a batch, in a body that is refused unread; and to leave a secret in the trail.
 */
import { randomUUID } from 'node:crypto';
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type CallOptions, type Homeward, type Reply } from '../support/homeward';
import { raw } from './calm';

const NUMBER = '9990000018';
const SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
let homeward: Homeward;
let narrow: string;
let patient: string;

interface Seen {
  what: string;
  outcome: string;
  who: string | undefined;
  numbers: string[];
  patients: string[];
  query: string | undefined;
}

beforeAll(async () => {
  homeward = await startHomeward();
  narrow = homeward.token('system/Location.rs', 'ZZ9');
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
});
afterAll(() => homeward.close());

/** A request, and what the trail says of it; newest last. */
async function traced(
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<{ reply: Reply; seen: Seen[] }> {
  const requestId = randomUUID();
  const reply = await homeward.call(method, path, {
    ...options,
    headers: { ...options.headers, 'X-Request-ID': requestId },
  });
  return { reply, seen: await trailOf(requestId) };
}

async function trailOf(requestId: string): Promise<Seen[]> {
  const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  /* eslint-disable @typescript-eslint/no-explicit-any -- what comes back, whatever it is */
  return (json.entry ?? [])
    .map(({ resource }: any): Seen => {
      const people = resource.entity.filter(({ type }: any) => type?.code === '1');
      const query = resource.entity.find((each: any) => each.query !== undefined)?.query;
      return {
        what: `${resource.action} ${resource.subtype[0].code}`,
        outcome: `${resource.outcome} ${resource.outcomeDesc ?? ''}`.trim(),
        who: resource.agent[0].who.identifier?.value,
        numbers: people.flatMap(({ what }: any) => what.identifier?.value ?? []),
        patients: people.flatMap(({ what }: any) => what.reference ?? []),
        query: query && Buffer.from(query, 'base64').toString('utf8'),
      };
    })
    .reverse();
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

describe('what a request leaves in the trail', () => {
  it('is bounded where it is refused, whatever it names, and says so', async () => {
    const numbers = Array.from({ length: 5_000 }, (_, at) => nhsNumberOf(at));
    const { reply, seen } = await traced('POST', '/FHIR/R4/Patient/_search', {
      token: narrow,
      body: `identifier=${numbers.join(',')}`,
      headers: FORM,
    });
    expect(reply.status).toBe(403);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.numbers).toHaveLength(200);
    expect(seen[0]!.outcome).toBe(
      '4 HTTP 403; it named more patients, and only the first 200 are recorded here',
    );
  });

  it('is bounded for strangers: so many have a record of their own', async () => {
    const quiet = await startHomeward({ STRANGERS_RECORDED_PER_MINUTE: '5' });
    try {
      for (let at = 0; at < 20; at++)
        expect((await quiet.call('GET', '/FHIR/R4/Patient', { token: null })).status).toBe(401);
      const { json } = await quiet.call('GET', '/FHIR/R4/AuditEvent?outcome=4&_summary=count');
      expect(json.total).toBe(5);
      // Whoever shows a good token is recorded all the same.
      await quiet.call('GET', '/FHIR/R4/Patient', { token: quiet.token('system/Location.rs') });
      const later = await quiet.call('GET', '/FHIR/R4/AuditEvent?outcome=4&_summary=count');
      expect(later.json.total).toBe(6);
    } finally {
      await quiet.close();
    }
  });
});

describe('the audit trail sees', () => {
  const reader = 'test-RR8';
  it.each<[string, string, string, number, string]>([
    ['a DELETE that is not offered', 'DELETE', `/FHIR/R4/Patient/${NUMBER}`, 405, 'D delete'],
    ['a PUT that is not offered', 'PUT', `/FHIR/R4/Patient/${NUMBER}`, 405, 'U update'],
    ['a PATCH that is not offered', 'PATCH', `/FHIR/R4/Patient/${NUMBER}`, 405, 'U patch'],
    ['an OPTIONS', 'OPTIONS', `/FHIR/R4/Patient/${NUMBER}`, 405, 'E operation'],
    ['a path that is none', 'GET', `/FHIR/R4/Patient/${NUMBER}/a/b`, 404, 'R read'],
    ['a path beside the API', 'GET', `/admin/${NUMBER}`, 404, 'R read'],
    ['an operation that is none', 'POST', `/FHIR/R4/Patient/${NUMBER}/$export`, 405, 'C create'],
    [
      'a query that can’t be read',
      'GET',
      `/FHIR/R4/Patient?identifier=${NUMBER}&x=%ff`,
      400,
      'E search-type',
    ],
    ['a path that can’t be read', 'GET', `/FHIR/R4/Patient/${NUMBER}/%ff`, 400, 'R read'],
    [
      'a URL that is too long',
      'GET',
      `/FHIR/R4/Patient?identifier=${NUMBER}&x=${'a'.repeat(20_000)}`,
      414,
      'E search-type',
    ],
  ])('%s', async (_name, method, path, status, what) => {
    const { reply, seen } = await traced(method, path);
    expect([reply.status, seen.map((each) => [each.what, each.outcome, each.who, each.numbers])]).toEqual([
      status,
      [[what, `4 HTTP ${status}`, reader, [NUMBER]]],
    ]);
  });

  it('the same of a stranger', async () => {
    const { seen } = await traced('DELETE', `/FHIR/R4/Patient/${NUMBER}`, { token: null });
    expect(seen.map(({ what, who }) => [what, who])).toEqual([['D delete', undefined]]);
  });

  it('nothing of what is open to all', async () => {
    expect((await traced('DELETE', '/_ping')).seen).toEqual([]);
    expect((await traced('GET', '/FHIR/R4/metadata')).seen).toEqual([]);
  });

  it.each<[string, string, CallOptions]>([
    [
      'a form',
      '/FHIR/R4/Patient/_search',
      { body: `identifier=${encodeURIComponent(`${SYSTEM}|${NUMBER}`)}`, headers: FORM },
    ],
    [
      'a match',
      '/FHIR/R4/Patient/$match',
      { body: { resourceType: 'Patient', identifier: [{ system: SYSTEM, value: NUMBER }] } },
    ],
    ['a submission', '/FHIR/R4/Bundle', { body: aSummary().bytes() }],
    ['a submission to the base', '/FHIR/R4', { body: aSummary().bytes() }],
    [
      'a submission in XML',
      '/FHIR/R4/Bundle',
      {
        body: `<Bundle xmlns="http://hl7.org/fhir"><identifier><system value="${SYSTEM}"/><value value="${NUMBER}"/></identifier></Bundle>`,
        headers: { 'Content-Type': 'application/fhir+xml' },
      },
    ],
  ])('whom %s was about that was refused for want of a scope', async (_name, path, options) => {
    const { reply, seen } = await traced('POST', path, { token: narrow, ...options });
    expect([reply.status, seen.map(({ who, numbers }) => [who, numbers])]).toEqual([
      403,
      [['test-ZZ9', [NUMBER]]],
    ]);
  });

  it('whose data was asked for by an id, whatever came of it', async () => {
    for (const path of [
      `Patient/${patient}`,
      `Encounter?patient=${patient}`,
      `Observation?subject=Patient/${patient}`,
    ]) {
      const { reply, seen } = await traced('GET', `/FHIR/R4/${path}`, { token: narrow });
      expect([reply.status, seen[0]?.patients]).toEqual([403, [`Patient/${patient}`]]);
    }
  });

  it('whose data a restricted scope has kept from its caller', async () => {
    const token = homeward.token('system/Encounter.rs?status=planned', 'ZZ9');
    const { id } = (await homeward.call('GET', '/FHIR/R4/Encounter')).json.entry[0].resource;
    const { reply, seen } = await traced('GET', `/FHIR/R4/Encounter/${id}`, { token });
    expect([reply.status, seen[0]?.patients]).toEqual([404, [`Patient/${patient}`]]);
  });
});

describe('in a batch', () => {
  const batch = (...urls: string[]): CallOptions => ({
    body: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: urls.map((url) => ({ request: { method: 'GET', url } })),
    },
  });

  it('each part is seen as if it had come alone, and the batch as itself', async () => {
    const { seen } = await traced(
      'POST',
      '/FHIR/R4',
      batch(`Patient?identifier=${NUMBER}`, `Patient/${patient}`, 'Encounter/_history', 'nonsense'),
    );
    expect(seen.map(({ what, outcome, patients }) => [what, outcome, patients])).toEqual(
      expect.arrayContaining([
        ['E search-type', '0', [`Patient/${patient}`]],
        ['R read', '0', [`Patient/${patient}`]],
        ['R history-type', '0', [`Patient/${patient}`]],
        ['E search-type', '4 HTTP 400', []],
        ['C batch', '0', [`Patient/${patient}`]],
      ]),
    );
    expect(seen).toHaveLength(5);
  });

  it('a part that is refused is a refusal, with whom it was about', async () => {
    const { reply, seen } = await traced('POST', '/FHIR/R4', {
      token: narrow,
      ...batch(`Patient?identifier=${NUMBER}`, `Patient/${patient}`),
    });
    expect(reply.status).toBe(200);
    expect(
      seen.filter(({ outcome }) => outcome === '4 HTTP 403').map(({ who, patients }) => [who, patients]),
    ).toEqual([
      ['test-ZZ9', [`Patient/${patient}`]],
      ['test-ZZ9', [`Patient/${patient}`]],
    ]);
  });

  it('a part that may not write is a refusal', async () => {
    const { seen } = await traced('POST', '/FHIR/R4', {
      token: narrow,
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [{ resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } }],
      },
    });
    expect(seen.map(({ what, outcome }) => [what, outcome])).toContainEqual(['C batch', '4 HTTP 403']);
  });
});

describe('what belongs in no record', () => {
  it('a token in a URL is not recorded', async () => {
    const token = homeward.token();
    const { seen } = await traced('GET', `/FHIR/R4/Patient?access_token=${token}&name=${token}`, {
      token: null,
    });
    expect(seen[0]?.query).toBe('access_token=(not recorded)&name=(not recorded)');
  });

  it('an assertion in the URL of the token endpoint is not recorded', async () => {
    const { seen } = await traced('POST', `/oauth2/token?client_assertion=${homeward.token()}`, {
      token: null,
      body: 'grant_type=client_credentials',
      headers: FORM,
    });
    expect(seen[0]?.query).toBe('client_assertion=(not recorded)');
  });
});

describe('a head that could be read in two ways', () => {
  it.each(['Host: y', 'Content-Type: text/html', 'Content-Encoding: identity'])(
    'is refused: a second %s',
    async (field) => {
      const { statuses } = await raw(homeward.url, [
        'POST /FHIR/R4/Bundle HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Encoding: identity\r\n' +
          `Authorization: Bearer ${homeward.token()}\r\n${field}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      ]);
      expect(statuses).toEqual([400]);
    },
  );

  it('is refused where it has more fields than are looked at', async () => {
    const many = Array.from({ length: 250 }, (_, each) => `X-${each}: 1\r\n`).join('');
    const { statuses } = await raw(homeward.url, [
      `GET /FHIR/R4/Patient HTTP/1.1\r\nHost: x\r\n${many}Authorization: Bearer ${homeward.token()}\r\nConnection: close\r\n\r\n`,
    ]);
    expect(statuses).toEqual([431]);
  });

  it('is told that this is no proxy where it asks for one', async () => {
    const { statuses } = await raw(homeward.url, [
      'CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n',
    ]);
    expect(statuses).toEqual([405]);
  });
});
