/** Scopes are asked before a body is read: who may not send it has none of it read, decoded or kept, and is on record. */
import { connect } from 'node:net';
import { aSummary } from '../fixtures/summary';
import { documented } from '../support/documented-api';
import { startHomeward, type CallOptions, type Homeward, type Reply } from '../support/homeward';
import { raw } from './calm';

const ID = '00000000-0000-4000-8000-000000000000';
let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const submissions = async (): Promise<number> =>
  (await homeward.call('GET', '/submissions?limit=500')).json.submissions.length as number;

const head = (path: string, token: string, requestId: string, length: number, type: string): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${token}`,
    `X-Request-ID: ${requestId}`,
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n');

describe('POST to the base', () => {
  it('by a caller without a scope is refused before anything of the body has come', async () => {
    const token = homeward.token('openid', 'XX1');
    const { statuses } = await raw(homeward.url, [
      head('/FHIR/R4', token, 'unread-1', 30_000_000, 'application/fhir+json'),
    ]);
    expect(statuses).toEqual([403]);
  });

  const batch = (entry: object[]): object => ({ resourceType: 'Bundle', type: 'batch', entry });

  it('with a batch of reads takes no scope for submitting, and is not kept', async () => {
    const before = await submissions();
    const reply = await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Patient.rs', 'XX1'),
      body: batch([{ request: { method: 'GET', url: 'Patient' } }]),
    });
    expect([reply.status, reply.json.entry[0].response.status, reply.headers.get('x-submission-id')]).toEqual(
      [200, '200', null],
    );
    expect(await submissions()).toBe(before);
  });

  it('with a batch of writes by a reader keeps nothing', async () => {
    const before = await submissions();
    const reply = await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Patient.rs', 'XX1'),
      body: batch([
        {
          resource: { resourceType: 'Basic', code: { text: 'x'.repeat(100_000) } },
          request: { method: 'POST', url: 'Basic' },
        },
      ]),
    });
    expect([reply.status, reply.json.entry[0].response.status]).toEqual([200, '403']);
    expect(await submissions()).toBe(before);
  });

  it('with a summary by a reader is refused, kept nowhere, and on record with whom it was about', async () => {
    const before = await submissions();
    const reply: Reply = await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Patient.rs', 'XX1'),
      body: aSummary().bytes(),
      headers: { 'X-Request-ID': 'reader-1' },
    });
    const found = await homeward.call(
      'GET',
      '/FHIR/R4/AuditEvent?entity:identifier=reader-1&patient:identifier=9990000018&_summary=count',
    );
    expect([reply.status, await submissions(), found.json.total]).toEqual([403, before, 1]);
  });

  it('with a batch by a sender is kept', async () => {
    const reply = await homeward.call('POST', '/FHIR/R4', {
      token: homeward.token('system/Bundle.c', 'RR8'),
      body: batch([{ request: { method: 'GET', url: 'Patient' } }]),
    });
    expect(reply.headers.get('x-submission-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

/** A path of the route: its parameters filled in. */
const pathFor = (path: string): string =>
  path
    .replace('/Patient/:patient/:type', `/Patient/${ID}/Observation`)
    .replace(':type', 'Patient')
    .replace(':id', ID);

/** Sends the head and half of the body, and hangs up. */
function halfOf(
  path: string,
  token: string,
  requestId: string,
  type = 'application/fhir+json',
): Promise<void> {
  const { hostname, port } = new URL(homeward.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `${head(path, token, requestId, 500, type)}{"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"`,
      );
      setTimeout(() => {
        socket.destroy();
        resolve();
      }, 60);
    });
  });
}

const recordsOf = async (requestId: string): Promise<Reply['json'][]> => {
  for (let tries = 0; ; tries += 1) {
    const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
    if ((json.entry ?? []).length > 0 || tries > 20) return json.entry ?? [];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('an attempt that is refused for its scope', () => {
  const form = 'application/x-www-form-urlencoded';
  const fhir = 'application/fhir+json';
  // Every route that reads a body of a caller that must have shown a token.
  const reading = documented()
    .routes.filter(({ body, access }) => body !== undefined && access.kind !== 'open')
    .map(({ path, body }): [string, string] => [pathFor(path), body === 'form' ? form : fhir]);

  it('could be made on sixteen routes', () => {
    expect(reading).toHaveLength(16);
  });

  it.each(reading)('is on record once though its body never ends: POST %s', async (path, type) => {
    const requestId = `unfinished${path.replace(/[^A-Za-z]/g, '-')}`;
    await halfOf(path, homeward.token('openid', 'XX1'), requestId, type);
    const records = await recordsOf(requestId);
    expect(records.map(({ resource }) => resource.outcome)).toEqual(['4']);
    expect(JSON.stringify(records)).toContain('9990000018');
  });

  it('is on record once where its body is whole', async () => {
    await homeward.call('POST', '/FHIR/R4/Patient/_search', {
      token: homeward.token('system/Observation.rs', 'XX1'),
      body: 'identifier=9990000018',
      headers: { 'Content-Type': form, 'X-Request-ID': 'whole-1' },
    });
    expect(await recordsOf('whole-1')).toHaveLength(1);
  });

  it('is on record where the caller may send it, and hangs up', async () => {
    await halfOf('/FHIR/R4/Bundle', homeward.token('system/Bundle.c', 'RR8'), 'allowed-1');
    expect(await recordsOf('allowed-1')).toHaveLength(1);
  });
});

describe('a request that is not offered', () => {
  const patient = {
    resourceType: 'Patient',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
  };
  const form = {
    body: 'nhs-number=9990000018',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  };

  it.each<[method: string, path: string, sent: CallOptions]>([
    ['POST', '/FHIR/R4/Patient', { body: patient }],
    ['PUT', '/FHIR/R4/Patient/1', { body: patient }],
    ['PATCH', '/FHIR/R4/Patient/1', { body: patient }],
    ['DELETE', '/FHIR/R4/Patient/1', { body: patient }],
    ['OPTIONS', '/FHIR/R4/Patient', { body: patient }],
    ['QUERY', '/FHIR/R4/Patient', form],
    ['POST', '/FHIR/R4/Patient/1/$unknown', { body: patient }],
    ['POST', '/submissions', form],
    ['POST', '/patients', form],
  ])('%s %s is on record with whom its body names', async (method, path, sent) => {
    const requestId = `not-offered-${method}-${path.replaceAll(/\W/g, '-')}`;
    await homeward.call(method, path, { ...sent, headers: { ...sent.headers, 'X-Request-ID': requestId } });
    expect(JSON.stringify(await recordsOf(requestId))).toContain('9990000018');
  });

  it('is refused to a stranger before anything of the body has come', async () => {
    const unread = head('/FHIR/R4/Patient', 'none', 'unread-2', 30_000_000, 'application/fhir+json');
    expect((await raw(homeward.url, [unread])).statuses).toEqual([405]);
  });
});

describe('what a stranger leaves in the trail', () => {
  it('is a few hundred characters of what was asked', async () => {
    await homeward.call('GET', `/FHIR/R4/Patient?name=${'x'.repeat(12_000)}`, {
      token: null,
      headers: { 'X-Request-ID': 'stranger-1' },
    });
    const [record] = await recordsOf('stranger-1');
    expect(JSON.stringify(record).length).toBeLessThan(3_000);
  });
});
