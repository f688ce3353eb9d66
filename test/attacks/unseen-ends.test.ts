/**
 * Requests whose body has come, and whose connection ends before the server has read it, and those that ask before they
 * send and do not wait: each is recorded once, with whom its body was about.
 */
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createLogger } from '../../src/platform/logger';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { raw } from './calm';

const NUMBER = '9990000018';
let logged = '';
let homeward: Homeward;
let patient: string;

beforeAll(async () => {
  const sink = new Writable({
    write(piece: Buffer, _encoding, done) {
      logged += piece.toString();
      done();
    },
  });
  homeward = await startHomeward({}, createLogger('info', sink));
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
});
afterAll(() => homeward.close());

const summary = Buffer.from(JSON.stringify(aSummary().build()));
const form = Buffer.from(`identifier=${encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${NUMBER}`)}`);
const FHIR = 'Content-Type: application/fhir+json';
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const right = 'system/Bundle.crs system/*.rs';
const wrong = 'system/Basic.rs';

interface Sent {
  path: string;
  scope: string;
  body: Buffer;
  head: string[];
}

function wire(requestId: string, { path, scope, body, head }: Sent): [head: Buffer, body: Buffer] {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${homeward.token(scope, 'EV1')}`,
    `X-Request-ID: ${requestId}`,
    `Content-Length: ${body.length}`,
    ...head,
  ];
  return [Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body];
}

/** How often the trail names the patient, in each record of the request. */
async function recorded(requestId: string): Promise<boolean[]> {
  const { json } = await homeward.call('GET', `/FHIR/R4/AuditEvent?entity:identifier=${requestId}`);
  return ((json.entry ?? []) as object[]).map((record) => {
    const text = JSON.stringify(record);
    return text.includes(NUMBER) || text.includes(`Patient/${patient}`);
  });
}

/** Waits until the request has its line in the log. @returns false where it never came to the server */
async function served(requestId: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (logged.split('\n').some((line) => line.includes(requestId) && line.includes('"request"')))
      return true;
    await new Promise((next) => setTimeout(next, 20));
  }
  return false;
}

/** Breaks the connection of each request when its parser has the body, and before anything reads it. */
function breakOff(message: unknown): void {
  const { request } = message as { request: IncomingMessage };
  if (request.method !== 'POST') return;
  const push = request.push.bind(request);
  request.push = (piece: unknown) => {
    const hasRoom = push(piece);
    if (piece === null) request.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    return hasRoom;
  };
}

const ends: [string, Buffer, (socket: Socket) => void][] = [
  ['with a stray byte', Buffer.from('}'), () => undefined],
  ['with a reset', Buffer.alloc(0), (socket) => setTimeout(() => socket.resetAndDestroy(), 1)],
];
const bodies: [string, Sent][] = [
  ['a search', { path: '/FHIR/R4/Patient/_search', scope: right, body: form, head: [FORM] }],
  ['a submission', { path: '/FHIR/R4/Bundle', scope: right, body: summary, head: [FHIR] }],
  [
    'a compressed submission',
    {
      path: '/FHIR/R4/Bundle',
      scope: right,
      body: gzipSync(summary),
      head: [FHIR, 'Content-Encoding: gzip'],
    },
  ],
  [
    'a search without the scope',
    { path: '/FHIR/R4/Patient/_search', scope: wrong, body: form, head: [FORM] },
  ],
];

describe('a whole request whose connection ends before its body is read is recorded', () => {
  beforeAll(() => subscribe('http.server.request.start', breakOff));
  afterAll(() => unsubscribe('http.server.request.start', breakOff));

  it.each(bodies)('%s', async (_name, sent) => {
    const requestId = randomUUID();
    const socket = connect(Number(new URL(homeward.url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(Buffer.concat(wire(requestId, sent)));
    expect(await served(requestId)).toBe(true);
    socket.destroy();
    expect(await recorded(requestId)).toEqual([true]);
    expect(logged).not.toContain('the database is not available');
  });
});

describe.each(ends)('a whole request whose connection ends %s is recorded', (_end, after, end) => {
  it.each(bodies)('%s', async (_name, sent) => {
    for (let turn = 0; turn < 5; turn += 1) {
      const requestId = randomUUID();
      const socket = connect(Number(new URL(homeward.url).port), '127.0.0.1');
      socket.on('error', () => undefined).resume();
      const bytes = Buffer.concat([...wire(requestId, sent), after]);
      socket.write(bytes, () => end(socket));
      expect(await served(requestId)).toBe(true);
      socket.destroy();
      expect(await recorded(requestId)).toEqual([true]);
    }
    expect(logged).not.toContain('the database is not available');
  });
});

describe('a request that is refused for its scope, and asked whether to send its body', () => {
  const EXPECT = 'Expect: 100-continue';
  const sent = { path: '/FHIR/R4/Patient/_search', scope: wrong, body: form, head: [FORM, EXPECT] };

  it('is recorded with whom it was about, where the body came unasked', async () => {
    const requestId = randomUUID();
    const { statuses } = await raw(homeward.url, [Buffer.concat(wire(requestId, sent))], { enough: 1 });
    expect([statuses, await recorded(requestId)]).toEqual([[403], [true]]);
  });

  it('is refused while it waits', async () => {
    const requestId = randomUUID();
    const { statuses } = await raw(homeward.url, [wire(requestId, sent)[0]], { enough: 1 });
    expect([statuses, await recorded(requestId)]).toEqual([[403], [false]]);
  });
});
