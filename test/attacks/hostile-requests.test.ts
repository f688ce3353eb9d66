/**
 * Injection into every parameter, path and header; addresses that mean another path; headers that some servers trust.
 * Every answer is below 500, well-formed, and tells nothing of the inside; and afterwards everything is still there.
 */
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { agitationOf, raw } from './calm';

let homeward: Homeward;
let patient: string;
let before: number[];
let document: string;

beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  before = await counts();
  patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
  const reference = (await homeward.call('GET', '/FHIR/R4/DocumentReference')).json.entry[0].resource;
  document = reference.content[0].attachment.url.split('/').at(-1);
});
afterAll(async () => {
  const after = await counts();
  await homeward.close();
  expect(after).toEqual(before);
});

const counts = (): Promise<number[]> =>
  Promise.all(
    ['Patient', 'Observation', 'Bundle'].map(
      async (type) => (await homeward.call('GET', `/FHIR/R4/${type}?_summary=count`)).json.total as number,
    ),
  );

const payloads = [
  "'",
  "'; DROP TABLE patient; --",
  '" OR ""="',
  '$1',
  '$$;SELECT pg_sleep(5);$$',
  "') UNION SELECT content FROM patient--",
  '\\',
  '{"$gt":""}',
  '%',
  '(((((((((((a+)+)+)+)+)+',
  '\u202e',
  '🏥'.repeat(50),
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '999999999999999999999999',
  '1e400',
  '9999-12-31T23:59:60Z',
  'x'.repeat(5000),
];
const places = [
  'Patient?identifier=',
  'Patient?_id=',
  'Patient?name=',
  'Patient?name:exact=',
  'Patient?name:contains=',
  'Patient?birthdate=',
  'Patient?gender=',
  'Patient?_lastUpdated=',
  'Patient?_sort=',
  'Patient?_count=',
  'Patient?_elements=',
  'Patient?_summary=',
  'Patient?_total=',
  'Patient?_include=',
  'Patient?_revinclude=',
  'Patient?_cursor=',
  'Patient?_format=',
  'Patient?_profile:below=',
  'Patient?_has:Observation:patient:code=',
  'Observation?code=',
  'Observation?code:text=',
  'Observation?date=',
  'Observation?value-quantity=',
  'Observation?code-value-quantity=',
  'Observation?patient=',
  'Observation?patient.name=',
  'Observation?patient:identifier=',
  'Observation?encounter:Encounter.identifier=',
  'Encounter?length=',
  'Location?near=',
  'DocumentReference?relatesto:DocumentReference=',
  'AuditEvent?date=',
  'AuditEvent?agent=',
  'Bundle?identifier=',
  'Patient/$everything/',
  'Observation/$lastn?max=1&patient=',
  'DocumentReference/$docref?patient=',
];

const calm = async (
  method: string,
  path: string,
  options: Parameters<Homeward['call']>[2] = {},
): Promise<Reply> => {
  const reply = await homeward.call(method, path, options);
  expect({ path: path.slice(0, 120), agitation: agitationOf(reply) }).toEqual({
    path: path.slice(0, 120),
    agitation: [],
  });
  return reply;
};

describe('injection into', () => {
  it.each(places)('%s', async (place) => {
    const startedAt = Date.now();
    for (const payload of payloads) await calm('GET', `/FHIR/R4/${place}${encodeURIComponent(payload)}`);
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });

  it.each([
    'Patient?PAYLOAD=1',
    'Patient?name:PAYLOAD=1',
    'Patient?_has:PAYLOAD=1',
    'Observation?patient.PAYLOAD=1',
    'Observation?patient:PAYLOAD.name=1',
    'PAYLOAD',
    'Patient/PAYLOAD',
    `Patient/ID/_history/PAYLOAD`,
    'Binary/PAYLOAD',
    'Bundle/PAYLOAD',
    'PAYLOAD/1',
    'Patient/ID/PAYLOAD',
  ])('names and paths: %s', async (path) => {
    await Promise.all(
      payloads.map((payload) =>
        calm(
          'GET',
          `/FHIR/R4/${path.replace('ID', patient).replace('PAYLOAD', encodeURIComponent(payload))}`,
        ),
      ),
    );
  });

  it.each([
    '/submissions?status=',
    '/submissions?sender=',
    '/submissions?nhs-number=',
    '/submissions?from=',
    '/submissions?to=',
    '/submissions?cursor=',
    '/submissions/',
  ])('%s', async (place) => {
    await Promise.all(payloads.map((payload) => calm('GET', `${place}${encodeURIComponent(payload)}`)));
  });

  it.each([
    'Accept',
    'Prefer',
    'If-None-Match',
    'If-Modified-Since',
    'Range',
    'X-Request-ID',
    'X-Correlation-ID',
    'NHSD-End-User-Organisation-ODS',
    'X-Break-Glass',
    'Content-Type',
    'User-Agent',
    'Accept-Language',
  ])('the header %s', async (name) => {
    for (const payload of payloads.filter((each) => /^[\x20-\x7e]*$/.test(each)))
      await calm('GET', `/FHIR/R4/Patient/${patient}`, { headers: { [name]: payload } });
  });

  it('a form of _search', async () => {
    for (const payload of payloads)
      await calm('POST', '/FHIR/R4/Patient/_search', {
        body: `name=${encodeURIComponent(payload)}&_sort=${encodeURIComponent(payload)}`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
  });

  it('identifiers of a submission, which are stored as they are', async () => {
    for (const [index, payload] of payloads.filter((each) => each.length < 200).entries()) {
      const body = aSummary()
        .stay(3)
        .with('Bundle.identifier.value', `x${index}`)
        .with('Encounter.identifier[0].value', payload)
        .bytes();
      await calm('POST', '/FHIR/R4/Bundle/$validate', { body });
    }
  });

  it('text that waits: no statement is kept waiting', async () => {
    const startedAt = Date.now();
    await calm('GET', `/FHIR/R4/Patient?name=${encodeURIComponent("'||pg_sleep(5)||'")}`);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });
});

describe('escapes that are none', () => {
  it.each([
    '/FHIR/R4/Patient?name=%',
    '/FHIR/R4/Patient?name=%zz',
    '/FHIR/R4/Patient?name=%ff%fe',
    '/FHIR/R4/Patient?name=%00',
    '/FHIR/R4/Patient?name=a%00b',
    '/FHIR/R4/Patient?%00=1',
    '/FHIR/R4/Patient/%',
    '/FHIR/R4/Patient/%ff',
    '/FHIR/R4/Patient?name=%c0%af',
    '/FHIR/R4/Patient?name=%ed%a0%80',
  ])('%s: 400', async (path) => {
    expect((await calm('GET', path)).status).toBe(400);
  });

  it.each(['/FHIR/R4/Patient/%00', '/FHIR/R4/Patient/a%00', '/FHIR/R4/%00/1'])(
    '%s: not there, and no 5xx',
    async (path) => {
      expect([400, 403, 404]).toContain((await calm('GET', path)).status);
    },
  );
});

describe('addresses that mean another', () => {
  const asNobody = (path: string): Promise<string> =>
    raw(homeward.url, [`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`]).then(({ statuses }) =>
      statuses.join(),
    );

  it.each([
    '/FHIR/R4/metadata/../Patient',
    '/FHIR/R4/metadata/%2e%2e/Patient',
    '/FHIR/R4/metadata/..%2fPatient',
    '/FHIR/R4/metadata%2f..%2fPatient',
    '/_ping/../FHIR/R4/Patient',
    '/_ping/..;/FHIR/R4/Patient',
    '/FHIR/R4//Patient',
    '//FHIR/R4/Patient',
    '/FHIR/R4/Patient/',
    '/fhir/r4/Patient',
    '/FHIR/R4/patient',
    '/FHIR/R4/./Patient',
    '/FHIR/R4/%50atient',
    '/FHIR/R4/%2550atient',
    '/FHIR/R4/Patient;jsessionid=1',
    '/FHIR/R4/Patient%20',
    '/FHIR/R4/Patient%0d%0a',
    '/FHIR/R4/Patient.json',
    '\\FHIR\\R4\\Patient',
    'http://elsewhere/FHIR/R4/Patient',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e%2fpackage.json',
    '/docs/../package.json',
    '/docs/swagger-ui.css%00.js',
    '/docs/__proto__',
    '/docs/constructor',
    '/.git/config',
    '/.env',
    '/package.json',
    '/FHIR/R4/.well-known/../Patient',
  ])('%s shows nothing to a stranger', async (path) => {
    expect(['400', '401', '404']).toContain(await asNobody(path));
  });
});

describe('methods', () => {
  it.each(['PUT', 'PATCH', 'DELETE'])('%s of a resource is not offered', async (method) => {
    const reply = await calm(method, `/FHIR/R4/Patient/${patient}`, { body: '{}' });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'are not changed by %s',
    async (name) => {
      const reply = await calm('GET', `/FHIR/R4/Patient/${patient}`, { headers: { [name]: 'DELETE' } });
      expect(reply.status).toBe(200);
    },
  );

  it.each(['TRACE', 'OPTIONS', 'PROPFIND', 'LINK'])(
    '%s is answered with 405, and echoes nothing',
    async (method) => {
      const { text, statuses } = await raw(homeward.url, [
        `${method} /FHIR/R4/Patient HTTP/1.1\r\nHost: x\r\nX-Secret: abc\r\nConnection: close\r\n\r\n`,
      ]);
      expect([statuses, text.includes('abc')]).toEqual([[405], false]);
    },
  );

  it('that HTTP does not know are refused', async () => {
    const { statuses } = await raw(homeward.url, ['STEAL /FHIR/R4/Patient HTTP/1.1\r\nHost: x\r\n\r\n']);
    expect(statuses).toEqual([400]);
  });
});

describe('headers that some servers trust', () => {
  it.each([
    ['X-Forwarded-Host', 'evil.example'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Prefix', '/evil'],
    ['Forwarded', 'host=evil.example;proto=https'],
    ['X-Original-URL', '/submissions'],
    ['X-Rewrite-URL', '/submissions'],
    ['X-Host', 'evil.example'],
  ])('%s changes no link and no path', async (name, value) => {
    const reply = await calm('GET', '/FHIR/R4/Patient', { headers: { [name]: value } });
    expect([reply.status, reply.json.link[0].url]).toEqual([200, `${homeward.fhir}/Patient`]);
  });

  it('Host changes no link either', async () => {
    const { text } = await raw(homeward.url, [
      `GET /FHIR/R4/metadata HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    ]);
    expect([text.includes('evil.example'), text.includes(homeward.fhir)]).toEqual([false, true]);
  });

  it('X-Forwarded-For makes nobody come from elsewhere', async () => {
    await calm('GET', `/FHIR/R4/Patient/${patient}`, {
      headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Request-ID': 'forwarded-1' },
    });
    const events = await homeward.call('GET', '/FHIR/R4/AuditEvent?action=R');
    expect(JSON.stringify(events.json)).not.toContain('203.0.113.9');
  });

  it.each(['a\r\nSet-Cookie: x=1', 'a\nb', '<script>', 'x'.repeat(200), 'ü'])(
    'X-Request-ID %j is not taken over',
    async (value) => {
      const { text } = await raw(homeward.url, [
        `GET /_ping HTTP/1.1\r\nHost: x\r\nX-Request-ID: ${value}\r\nConnection: close\r\n\r\n`,
      ]);
      expect([/set-cookie/i.test(text), text.includes('<script>'), text.includes('x'.repeat(129))]).toEqual([
        false,
        false,
        false,
      ]);
    },
  );
});

describe('every answer', () => {
  it.each(['/_ping', '/FHIR/R4/metadata', '/FHIR/R4/Patient', '/nowhere', '/submissions', '/docs'])(
    '%s bears what OWASP asks for',
    async (path) => {
      const { headers } = await homeward.call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('set-cookie')).toBeNull();
    },
  );

  it('a refusal takes the same sentence for what is there and what is not', async () => {
    const token = homeward.token('system/Bundle.c');
    const [there, not] = await Promise.all([
      homeward.call('GET', `/FHIR/R4/Patient/${patient}`, { token }),
      homeward.call('GET', '/FHIR/R4/Patient/00000000-0000-4000-8000-000000000000', { token }),
    ]);
    expect([there.status, there.json]).toEqual([not.status, not.json]);
  });
});

describe('ranges of a document', () => {
  it.each([
    'bytes=0-0,0-0,0-0,0-0,0-0',
    `bytes=${Array.from({ length: 500 }, (_, each) => `${each}-`).join(',')}`,
    'bytes=-0',
    'bytes=99999999999-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=0x0-',
    'bytes',
    'bytes=',
    'items=0-1',
    'bytes=-99999999999999999999',
    'bytes=0-99999999999999999999',
  ])('%s', async (range) => {
    const whole = await homeward.call('GET', `/FHIR/R4/Binary/${document}`);
    const reply = await homeward.call('GET', `/FHIR/R4/Binary/${document}`, { headers: { Range: range } });
    expect([200, 206, 416]).toContain(reply.status);
    expect(reply.bytes.length).toBeLessThanOrEqual(Math.max(whole.bytes.length, 2_000));
  });
});
