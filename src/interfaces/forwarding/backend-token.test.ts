import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivery } from '../../use-cases/forwarding/outbox';
import { backendTokens, NoToken, type BackendTokens } from './backend-token';
import { fhirDestination } from './fhir-destination';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const key = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES384' });
const { signal } = new AbortController();

let server: Server;
let url: string;
let answers: unknown[];
let statuses: number[];
let asked: number;
let now: Date;
let sent: (string | undefined)[];

beforeEach(async () => {
  [answers, statuses, sent, asked, now] = [[], [], [], 0, new Date('2025-03-01T10:00:00Z')];
  server = createServer((request, response) => {
    request.resume();
    if (request.url === '/token') {
      asked += 1;
      response.end(JSON.stringify(answers.shift()));
    } else {
      sent.push(request.headers.authorization);
      response.statusCode = statuses.shift() ?? 200;
      response.end('{}');
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((closed) => server.close(closed)));

const tokensOf = (): BackendTokens =>
  backendTokens(
    {
      tokenUrl: `${url}/token`,
      clientId: 'homeward',
      key: () => Promise.resolve(key),
      scope: 'system/Bundle.c',
      ca: () => Promise.resolve(undefined),
    },
    () => now,
  );

it.each(['abc\r\nX', 'tökén', 'a b', '=', 'a=b'])(
  '%j is no token, and another one is asked for',
  async (bad) => {
    answers = [
      { access_token: bad, expires_in: 1e15 },
      { access_token: 'a.b-c_~+/==', expires_in: 60 },
    ];
    const tokens = tokensOf();
    await expect(tokens.token(signal)).rejects.toBeInstanceOf(NoToken);
    expect(await tokens.token(signal)).toEqual({ token: 'a.b-c_~+/==', isNew: true });
  },
);

it('a token is used for an hour at most, whatever its lifetime is', async () => {
  answers = [
    { access_token: 'one', expires_in: 1e15 },
    { access_token: 'two', expires_in: 60 },
  ];
  const tokens = tokensOf();
  await tokens.token(signal);
  now = new Date('2025-03-01T10:47:00Z');
  expect((await tokens.token(signal)).token).toBe('one');
  now = new Date('2025-03-01T11:00:00Z');
  expect((await tokens.token(signal)).token).toBe('two');
});

it('a token that the server answers with 403 is not used again', async () => {
  answers = [
    { access_token: 'one', expires_in: 3600 },
    { access_token: 'two', expires_in: 3600 },
  ];
  statuses = [403, 200];
  const destination = fhirDestination({
    name: 'other',
    url: `${url}/Bundle`,
    ca: () => Promise.resolve(undefined),
    tokens: tokensOf(),
    isKnownCode: () => false,
  });
  const delivery = {
    id: 'd',
    content: () => Promise.resolve({ bytes: Buffer.from('{}'), contentType: 'application/fhir+json' }),
  } as unknown as Delivery;
  expect(await destination.send(delivery, signal)).toEqual({ again: 'the destination answered 403' });
  expect(await destination.send(delivery, signal)).toBe('delivered');
  expect(sent).toEqual(['Bearer one', 'Bearer two']);
  expect(asked).toBe(2);
});

it.each([
  ['invalid_client', ' (invalid_client)'],
  ['margaret_obrien', ''],
  [['invalid_client'], ''],
])('of the error %j only a code of RFC 6749 is shown', async (error, said) => {
  answers = [{ error }];
  await expect(tokensOf().token(signal)).rejects.toThrow(
    new RegExp(`^the token endpoint answered 200${said.replace(/[()]/g, '\\$&')}$`),
  );
});
