/** A second Homeward as the destination: tokens by SMART Backend Services, and what it makes of what it gets. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { until } from './receiver';

const folder = mkdtempSync(join(tmpdir(), 'homeward-second-'));
const forwardFile = join(folder, 'forward.json');
const clientsFile = join(folder, 'clients.json');
const keyFile = join(folder, 'key.json');

function useKey(kid: string): { publicJwk: object } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  writeFileSync(keyFile, JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid }));
  return { publicJwk: publicOf(privateKey, kid) };
}

const publicOf = (key: KeyObject, kid: string): object => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  kid,
  alg: 'ES384',
  use: 'sig',
});

const register = (...keys: object[]): void =>
  writeFileSync(
    clientsFile,
    JSON.stringify([
      {
        clientId: 'homeward',
        name: 'The first Homeward',
        odsCode: 'RYY',
        scope: 'system/Bundle.c',
        jwks: { keys },
      },
    ]),
  );

let first: Homeward;
let second: Homeward;

const waiting = async (): Promise<number> =>
  (await first.call('GET', '/deliveries?state=waiting')).json.deliveries.length;

beforeAll(async () => {
  register(useKey('one').publicJwk);
  second = await startHomeward({ CLIENTS_FILE: clientsFile });
  const { url, fhir } = second;
  writeFileSync(
    forwardFile,
    JSON.stringify([
      {
        name: 'second',
        to: {
          fhir: { url: fhir, tokenUrl: `${url}/oauth2/token`, clientId: 'homeward', keyFile: 'key.json' },
        },
      },
    ]),
  );
  first = await startHomeward({ FORWARD_FILE: forwardFile });
});
afterAll(async () => {
  await first.close();
  await second.close();
  rmSync(folder, { recursive: true });
});

const stored = async (): Promise<{ sender: string; sha256: string }[]> =>
  (await second.call('GET', '/submissions?status=accepted')).json.submissions;

it('a second Homeward stores what the first passes on, as its client', async () => {
  const body = aSummary().bytes();
  const sent = await first.call('POST', '/FHIR/R4/Bundle', { body });
  const { sha256 } = (await first.call('GET', `/submissions/${sent.headers.get('x-submission-id')}`)).json;
  await until(async () => (await stored()).length === 1);
  expect(await stored()).toMatchObject([{ sender: 'RYY', sha256 }]);
});

it('one token serves several deliveries', async () => {
  for (const version of [2, 3, 4])
    await first.call('POST', '/FHIR/R4/Bundle', { body: aSummary().correction(version).bytes() });
  await until(async () => (await waiting()) === 0);
  expect(await stored()).toHaveLength(4);
  const logins = await second.call('GET', '/FHIR/R4/AuditEvent?type=110114');
  expect(logins.json.entry).toHaveLength(1);
});

it('a client that is not known is a fault of the configuration: the delivery waits', async () => {
  writeFileSync(clientsFile, '[]');
  // The second server reads the file again after a second at most.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await first.call('POST', '/FHIR/R4/Bundle', { body: aSummary().stay(2).bytes() });
  const failed = async (): Promise<string> =>
    (await first.call('GET', '/deliveries?state=waiting')).json.deliveries[0]?.lastError ?? '';
  await until(async () => (await failed()) !== '');
  expect(await failed()).toBe('the token endpoint answered 401 (invalid_client)');
});

it('a changed key is used at once, with another token', async () => {
  register(useKey('two').publicJwk);
  await until(async () => (await waiting()) === 0);
  expect(await stored()).toHaveLength(5);
});
