/**
 * What comes over a bare socket: requests that two servers would read as two different ones, heads and bodies that
 * never end, and callers that wait. Real sockets, a real server.
 */
import { connect } from 'node:net';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { outcomeIn, raw } from './calm';

let homeward: Homeward;
let token: string;

beforeAll(async () => {
  homeward = await startHomeward({
    REQUEST_TIMEOUT_SECONDS: '2',
    MAX_BODY_BYTES: '100000',
    MAX_BODY_BYTES_IN_FLIGHT: '150000',
  });
  token = homeward.token();
});
afterAll(() => homeward.close());

const head = (line: string, ...fields: string[]): string => [line, 'Host: x', ...fields, '', ''].join('\r\n');
const post = (...fields: string[]): string =>
  head(
    'POST /FHIR/R4/Bundle HTTP/1.1',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/fhir+json',
    ...fields,
  );
const SMUGGLED = 'GET /submissions HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a request that could be read as two', () => {
  const smuggling: [string, string][] = [
    [
      'Content-Length and chunked',
      `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'chunked, then Content-Length',
      `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n${SMUGGLED}`,
    ],
    ['two lengths', `${post('Content-Length: 0', 'Content-Length: 38')}${SMUGGLED}`],
    ['lengths in a list', `${post('Content-Length: 0, 38')}${SMUGGLED}`],
    ['a negative length', `${post('Content-Length: -1')}${SMUGGLED}`],
    ['a length with a sign', `${post('Content-Length: +0')}${SMUGGLED}`],
    ['a hexadecimal length', `${post('Content-Length: 0x10')}${SMUGGLED}`],
    ['an encoding unknown', `${post('Transfer-Encoding: xchunked')}${SMUGGLED}`],
    ['an encoding in disguise', `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${SMUGGLED}`],
    [
      'an encoding with a tab',
      `${post('Transfer-Encoding:\tchunked', 'Content-Length: 5')}0\r\n\r\n${SMUGGLED}`,
    ],
    ['a space before the colon', `${post('Transfer-Encoding : chunked')}0\r\n\r\n${SMUGGLED}`],
    ['a folded field', `${post('X-A: 1\r\n Transfer-Encoding: chunked')}0\r\n\r\n${SMUGGLED}`],
    [
      'bare line feeds',
      `POST /FHIR/R4/Bundle HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n${SMUGGLED}`,
    ],
    ['a bare carriage return', `${post('X-A: 1\rTransfer-Encoding: chunked')}0\r\n\r\n`],
    ['a NUL in a field', post('X-A: a\u0000b')],
    ['a chunk size that is none', `${post('Transfer-Encoding: chunked')}zz\r\n\r\n`],
    ['a chunk size of overflow', `${post('Transfer-Encoding: chunked')}fffffffffffffffff\r\n\r\n`],
    ['no Host', `GET /FHIR/R4/Patient HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n\r\n`],
    ['HTTP/0.9', 'GET /FHIR/R4/Patient\r\n\r\n'],
    ['HTTP/2 by assertion', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS on a plain port', '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003'],
  ];
  it.each(smuggling)('%s is refused whole, and the connection ends', async (_name, bytes) => {
    const answer = await raw(homeward.url, [Buffer.from(bytes, 'latin1')]);
    expect([answer.statuses.length <= 1, answer.closed]).toEqual([true, true]);
    for (const status of answer.statuses) expect([400, 401, 408, 413, 501]).toContain(status);
    expect(answer.text).not.toContain('"submissions"');
  });

  it('tells what is wrong in an OperationOutcome', async () => {
    const answer = await raw(homeward.url, [post('Content-Length: 5', 'Transfer-Encoding: chunked')]);
    expect(outcomeIn(answer)?.issue[0]?.code).toBe('structure');
    expect(answer.text).toMatch(/cache-control: no-store/i);
    expect(answer.text).toMatch(/x-request-id: [0-9a-f-]{36}/i);
  });
});

describe('a head', () => {
  it('of 64 KiB gets 431 and an outcome', async () => {
    const answer = await raw(homeward.url, [head('GET /_ping HTTP/1.1', `X-A: ${'a'.repeat(64 * 1024)}`)]);
    expect([answer.statuses, outcomeIn(answer)?.issue[0]?.code]).toEqual([[431], 'too-long']);
  });

  it('with a URL of 25,000 characters gets 414 and an outcome', async () => {
    const answer = await raw(homeward.url, [
      head(
        `GET /FHIR/R4/Patient?name=${'a'.repeat(25_000)} HTTP/1.1`,
        `Authorization: Bearer ${token}`,
        'Connection: close',
      ),
    ]);
    expect([answer.statuses, outcomeIn(answer)?.issue[0]?.code]).toEqual([[414], 'too-long']);
  });

  it('of 5,000 fields is no burden', async () => {
    const answer = await raw(homeward.url, [
      head(
        'GET /_ping HTTP/1.1',
        'Connection: close',
        ...Array.from({ length: 3_000 }, (_, each) => `A${each}: 1`),
      ),
    ]);
    expect([[200], [431]]).toContainEqual(answer.statuses);
  });

  it('that never ends is cut off with 408', async () => {
    const answer = await raw(
      homeward.url,
      ['GET /_ping HTTP/1.1\r\n', ...Array.from({ length: 60 }, (_, each) => `X-${each}: 1\r\n`)],
      { pauseMillis: 150, waitMillis: 12_000 },
    );
    expect([answer.statuses, answer.closed]).toEqual([[408], true]);
  });

  it('that never begins is cut off', async () => {
    expect((await raw(homeward.url, [], { waitMillis: 12_000 })).closed).toBe(true);
  });
});

describe('a body', () => {
  it('that stops in the middle is cut off when its time is up', async () => {
    const answer = await raw(homeward.url, [post('Content-Length: 1000'), ' '], { waitMillis: 12_000 });
    expect([answer.statuses, answer.closed]).toEqual([[408], true]);
  });

  it('that comes steadily is taken, however long that takes', async () => {
    const bytes = Buffer.from('{"resourceType":"Bundle"}');
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    const head = post(`Content-Length: ${bytes.length}`, 'Connection: close');
    const answer = await raw(homeward.url, [head, ...pieces], { pauseMillis: 150, waitMillis: 12_000 });
    expect(answer.statuses).toEqual([422]);
  });

  it('that is cut off stores nothing', async () => {
    const bytes = aSummary().bytes();
    const before = (await homeward.call('GET', '/submissions')).json.submissions.length;
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(homeward.url).port), '127.0.0.1', () => {
        socket.write(post(`Content-Length: ${bytes.length}`));
        socket.write(bytes.subarray(0, 1000), () => {
          socket.destroy();
          resolve();
        });
      });
    });
    expect((await homeward.call('GET', '/submissions')).json.submissions.length).toBe(before);
  });

  it('of a stranger is not waited for', async () => {
    const answer = await raw(homeward.url, [
      head(
        'POST /FHIR/R4/Bundle HTTP/1.1',
        'Content-Length: 90000000',
        'Expect: 100-continue',
        'Connection: close',
      ),
    ]);
    expect(answer.statuses).toEqual([401]);
  });

  it('announced as too large is refused before it is sent', async () => {
    const answer = await raw(homeward.url, [post('Content-Length: 90000000', 'Expect: 100-continue')]);
    expect(answer.statuses).toEqual([413]);
  });

  it('that waits to be asked for is asked for', async () => {
    const bytes = aSummary().stay(7).bytes();
    const answer = await raw(
      homeward.url,
      [post(`Content-Length: ${bytes.length}`, 'Expect: 100-continue', 'Connection: close'), bytes],
      { pauseMillis: 300, waitMillis: 8_000 },
    );
    expect(answer.statuses).toEqual([100, 201]);
  });

  it('in chunks without end stops at the limit', async () => {
    const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
    const answer = await raw(
      homeward.url,
      [post('Transfer-Encoding: chunked'), ...Array<string>(12).fill(chunk)],
      { waitMillis: 5_000 },
    );
    expect(answer.statuses).toEqual([413]);
  });

  it('beside others finds its place or is asked to come again', async () => {
    const half = 'a'.repeat(90_000);
    const slow = Array.from({ length: 4 }, () =>
      raw(homeward.url, [post('Content-Length: 95000'), half], { waitMillis: 1_500 }),
    );
    const statuses = (await Promise.all(slow)).flatMap((answer) => answer.statuses);
    expect(statuses.every((status) => status === 503 || status === 408)).toBe(true);
    expect(statuses).toContain(503);
  });
});

describe('pipelined requests', () => {
  it('are answered one by one, in order', async () => {
    const answer = await raw(homeward.url, [
      head('GET /_ping HTTP/1.1') +
        head('GET /nowhere HTTP/1.1') +
        head('GET /_ping HTTP/1.1', 'Connection: close'),
    ]);
    expect(answer.statuses).toEqual([200, 404, 200]);
  });
});

it('after all this the server serves', async () => {
  expect((await homeward.call('GET', '/_status')).status).toBe(200);
});

it('has one answer where a request that expects something goes wrong behind it', async () => {
  const fields = ['Expect: something', 'Transfer-Encoding: chunked'];
  const pieces = [head('POST /FHIR/R4/Bundle HTTP/1.1', ...fields), 'this is no chunk\r\n'];
  const { statuses, closed } = await raw(homeward.url, pieces, { pauseMillis: 500, waitMillis: 4_000 });
  expect([statuses, closed]).toEqual([[401], true]);
});
