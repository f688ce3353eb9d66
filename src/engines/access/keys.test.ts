/** Which keys of a key set are trusted, and how key sources refresh, rotate and bear an absence. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../../fhir/types';
import { ecKey, rsaKey } from '../../../test/fixtures/tokens';
import { readKeySet } from './jwk';
import { openKeySource, type KeySource } from './keys';

const rsa = rsaKey('one');
const ec = ecKey('two');

describe('readKeySet', () => {
  it('takes RSA and EC signing keys, for the algorithms that each can verify', () => {
    const { keys, faults } = readKeySet({ keys: [rsa.jwk, ec.jwk, { ...ecKey('three', 'P-384').jwk }] });
    expect(faults).toEqual([]);
    expect([...keys.keys()]).toEqual([
      'RS256:one',
      'RS384:one',
      'RS512:one',
      'PS256:one',
      'PS384:one',
      'PS512:one',
      'ES256:two',
      'ES384:three',
    ]);
  });

  it('lets a key that states its algorithm verify only that', () => {
    expect([...readKeySet({ keys: [{ ...rsa.jwk, alg: 'PS256' }] }).keys.keys()]).toEqual(['PS256:one']);
  });

  it('keeps the first of two keys with one kid', () => {
    const { keys, faults } = readKeySet({ keys: [rsa.jwk, rsaKey('one').jwk] });
    expect(faults).toEqual(['keys[1].kid: is already used by an earlier key']);
    expect(keys.get('RS256:one')?.key.export({ format: 'jwk' }).n).toBe(rsa.jwk.n);
  });

  it.each<[string, unknown, string]>([
    ['a short RSA key', rsaKey('k', 1024).jwk, 'must be an RSA key of 2048 to 8192 bits'],
    ['an exponent of one', { ...rsa.jwk, e: 'AQ' }, 'must have an RSA exponent of 3 or more'],
    ['P-521', ecKey('k', 'P-521').jwk, 'must be an RSA key, or an EC key on P-256 or P-384'],
    ['a secret', { kty: 'oct', kid: 'k', k: 'AAAA' }, 'must be a public key, but it contains a private key'],
    ['a private key', { ...ec.jwk, d: 'AAAA' }, 'must be a public key, but it contains a private key'],
    ['an encryption key', { ...rsa.jwk, use: 'enc' }, 'use must be sig'],
    ['a key for signing only', { ...rsa.jwk, key_ops: ['sign'] }, 'key_ops must include verify'],
    ['no kid', { ...rsa.jwk, kid: undefined }, 'kid must be a string that names the key'],
    ['another algorithm', { ...ec.jwk, alg: 'HS256' }, 'alg must be one of ES256'],
    ['a point off the curve', { ...ec.jwk, y: ec.jwk.x }, 'is not a valid key'],
    ['no modulus', { kty: 'RSA', kid: 'k', e: 'AQAB' }, 'is not a valid key'],
    ['a text', 'key', 'must be an object'],
  ])('leaves out %s', (_name, jwk, fault) => {
    const { keys, faults } = readKeySet({ keys: [jwk] });
    expect([keys.size, faults]).toEqual([0, [`keys[0]: ${fault}`]]);
  });

  it.each([null, [], 'x', {}, { keys: {} }])('finds no key in %j', (document) => {
    expect(readKeySet(document)).toEqual({
      keys: new Map(),
      faults: ['keys: must be a list of JSON Web Keys'],
    });
  });
});

describe('a key source over HTTP', () => {
  let server: Server;
  let requests: number;
  let answer: RequestListener;
  let now: number;
  let problems: string[];
  let source: KeySource;

  const publish = (...keys: JsonObject[]): void => {
    answer = (_request, response) => void response.end(JSON.stringify({ keys }));
  };

  beforeEach(async () => {
    requests = 0;
    now = 1_000_000;
    problems = [];
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    source = openKeySource(`http://127.0.0.1:${port}/jwks`, {
      name: 'AUTH_JWKS_URI',
      now: () => now,
      onProblem: (text) => problems.push(text),
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  /** Lets a refresh behind the request's back come to its end. */
  const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 50));

  it('asks once for many requests at the same moment', async () => {
    publish(rsa.jwk);
    const found = await Promise.all(Array.from({ length: 50 }, () => source.find('one', 'RS256')));
    expect([found.every((key) => key?.kid === 'one'), requests]).toEqual([true, 1]);
  });

  it('finds a new key at once, without a restart', async () => {
    publish(rsa.jwk);
    await source.find('one', 'RS256');
    publish(rsa.jwk, ec.jwk);
    expect((await source.find('two', 'ES256'))?.kid).toBe('two');
  });

  it('does not let a thousand unknown kids ask a thousand times', async () => {
    publish(rsa.jwk);
    for (let index = 0; index < 1_000; index += 1) await source.find(`unknown-${index}`, 'RS256');
    expect(requests).toBe(4);
    now += 30_000;
    for (let index = 0; index < 1_000; index += 1) await source.find(`unknown-${index}`, 'RS256');
    expect(requests).toBe(5);
  });

  it('forgets a key that is withdrawn, within five minutes', async () => {
    publish(rsa.jwk, ec.jwk);
    expect((await source.find('two', 'ES256'))?.kid).toBe('two');
    publish(rsa.jwk);
    now += 300_000;
    expect(await source.find('two', 'ES256')).toBeUndefined();
  });

  it('forgets the last key, too, when the set is empty; an answer that is no set withdraws none', async () => {
    publish(rsa.jwk);
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
    answer = (_request, response) => void response.end('{}');
    now += 300_000;
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
    publish();
    now += 300_000;
    await source.find('one', 'RS256');
    await settle();
    expect(await source.find('one', 'RS256')).toBeUndefined();
  });

  it('has the new key for the first request after five minutes, where a key is replaced under its kid', async () => {
    publish(rsa.jwk);
    const before = await source.find('one', 'RS256');
    publish(rsaKey('one').jwk);
    now += 300_000;
    const found = await Promise.all(Array.from({ length: 20 }, () => source.find('one', 'RS256')));
    expect(found.some((key) => key === undefined || key === before)).toBe(false);
    expect(requests).toBe(2);
  });

  it('asks ahead of time behind the requests’ back, so that they seldom wait', async () => {
    publish(rsa.jwk);
    await source.find('one', 'RS256');
    now += 250_000;
    await source.find('one', 'RS256');
    await settle();
    expect(requests).toBe(2);
  });

  it('lets nobody wait for a source that is away and hangs', async () => {
    publish(rsa.jwk);
    await source.find('one', 'RS256');
    answer = (_request, response) => void response.writeHead(503).end();
    now += 300_000;
    await source.find('one', 'RS256');
    answer = () => undefined;
    now += 5_000;
    const began = Date.now();
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it('keeps the same key object while the key is published, so that verified tokens stay good', async () => {
    publish(rsa.jwk);
    const before = await source.find('one', 'RS256');
    now += 300_000;
    await source.settle();
    expect([requests, source.current('one', 'RS256') === before]).toEqual([2, true]);
  });

  it('goes on with the keys that it has while the source is away, for a day', async () => {
    publish(rsa.jwk);
    await source.find('one', 'RS256');
    answer = (_request, response) => void response.writeHead(503).end();
    now += 24 * 3_600_000 - 1;
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
    await settle();
    now += 1;
    expect([await source.find('one', 'RS256'), source.isReady()]).toEqual([undefined, false]);
    expect(problems).toEqual(['AUTH_JWKS_URI: could not load the keys: the answer was 503']);
  });

  it('leaves a source that is away alone for five seconds, then tries again', async () => {
    answer = (_request, response) => void response.writeHead(500).end();
    for (let index = 0; index < 20; index += 1) await source.find('one', 'RS256');
    expect([requests, source.isReady()]).toEqual([1, false]);
    publish(rsa.jwk);
    now += 5_000;
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
  });

  it.each<[string, RequestListener, string]>([
    [
      'a redirect',
      (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'fetch failed (unexpected redirect)',
    ],
    [
      'more than it should',
      (_request, response) => void response.end('x'.repeat(300_000)),
      'the answer was larger than 262144 bytes',
    ],
    [
      'no key',
      (_request, response) => void response.end('{"keys":[]}'),
      'it contains no key that can be used',
    ],
  ])('trusts nothing where the source answers %s', async (_name, listener, problem) => {
    answer = listener;
    expect(await source.find('one', 'RS256')).toBeUndefined();
    expect(problems).toEqual([`AUTH_JWKS_URI: could not load the keys: ${problem}`]);
  });
});

describe('a key source in a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeward-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read again when the file changes, and keeps the old keys while an edit is broken', async () => {
    const path = join(folder, 'jwks.json');
    await writeFile(path, JSON.stringify({ keys: [rsa.jwk] }));
    const problems: string[] = [];
    let now = 0;
    const source = openKeySource(pathToFileURL(path).href, {
      name: 'AUTH_JWKS_URI',
      now: () => now,
      onProblem: (text) => problems.push(text),
    });
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
    await writeFile(path, '{"keys":');
    now += 1_000;
    expect(await source.find('two', 'ES256')).toBeUndefined();
    expect((await source.find('one', 'RS256'))?.kid).toBe('one');
    expect(problems).toHaveLength(1);
    await writeFile(path, JSON.stringify({ keys: [ec.jwk] }));
    now += 1_000;
    expect((await source.find('two', 'ES256'))?.kid).toBe('two');
    expect(await source.find('one', 'RS256')).toBeUndefined();
  });

  it('judges the first request after a second by the new state', async () => {
    const path = join(folder, 'jwks.json');
    await writeFile(path, JSON.stringify({ keys: [rsa.jwk, ec.jwk] }));
    let now = 0;
    const source = openKeySource(`file:${path}`, {
      name: 'AUTH_JWKS_URI',
      now: () => now,
      onProblem: () => {},
    });
    await source.find('two', 'ES256');
    await writeFile(path, JSON.stringify({ keys: [rsa.jwk] }));
    now += 1_000;
    await source.settle();
    expect(source.current('two', 'ES256')).toBeUndefined();
  });

  it('is not ready while there is no file', async () => {
    const source = openKeySource(`file:${join(folder, 'none.json')}`, {
      name: 'AUTH_JWKS_URI',
      now: () => 0,
      onProblem: () => {},
    });
    expect([await source.find('one', 'RS256'), source.isReady()]).toEqual([undefined, false]);
  });
});
