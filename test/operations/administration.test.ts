/** Who may do what changes while the server runs: the first request after a second is judged by it, and it is audited. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ecKey, signJwt } from '../fixtures/tokens';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { watchStatements } from '../support/watch-statements';

const folder = mkdtempSync(join(tmpdir(), 'homeward-administration-'));
const policy = join(folder, 'policy.json');
const clients = join(folder, 'clients.json');
const jwks = join(folder, 'jwks.json');
const key = ecKey('of-the-client');
const issued = ecKey('of-the-issuer');
const ISSUER = 'https://issuer.example';
let homeward: Homeward;

const write = (path: string, content: unknown): void => writeFileSync(path, JSON.stringify(content));
const client = { clientId: 'ward-a', name: 'Ward A', odsCode: 'RR8', scope: 'system/Patient.rs' };
const register = (...registered: object[]): void =>
  write(
    clients,
    registered.map((each) => ({ ...client, jwks: { keys: [key.jwk] }, ...each })),
  );

function tokenOf(scope: string, ods: string, by = issued, seconds = 600): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'homeward', sub: `test-${ods}`, iat: now, exp: now + seconds };
  return signJwt(by, { ...claims, scope, ods_code: ods }, { alg: 'ES256' });
}
const auditor = (): string => tokenOf('system/AuditEvent.rs', 'AU1');

interface Recorded {
  entity: { name: string }[];
  outcomeDesc: string;
  agent: { name?: string }[];
}

/** The records of an operation of ours, newest last. */
async function recorded(interaction: string): Promise<Recorded[]> {
  const { json } = await homeward.call(
    'GET',
    `/FHIR/R4/AuditEvent?subtype=${encodeURIComponent(interaction)}&_sort=date`,
    { token: auditor() },
  );
  return (json.entry ?? []).map(({ resource }: { resource: Recorded }) => resource);
}
const lastChange = async (): Promise<string> => {
  const last = (await recorded('$changed')).at(-1);
  return `${last?.entity[0]?.name}: ${last?.outcomeDesc}`;
};

beforeAll(async () => {
  write(policy, { reading: { default: 'direct-care' } });
  write(jwks, { keys: [issued.jwk] });
  register({});
  homeward = await startHomeward({
    POLICY_FILE: policy,
    CLIENTS_FILE: clients,
    AUTH_ISSUER: ISSUER,
    AUTH_AUDIENCE: 'homeward',
    AUTH_JWKS_URI: `file:${jwks}`,
  });
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', {
    token: tokenOf('system/Bundle.c', 'RR8'),
    body: aSummary().bytes(),
  });
  expect(sent.status).toBe(201);
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The promise for a file. */
const aSecond = (): Promise<void> => sleep(1_050);

it('a start with files that nobody noted before is no change', async () => {
  expect(await recorded('$changed')).toEqual([]);
});

it('a policy made narrower holds for the first request after a second, and is recorded with what changed', async () => {
  const patients = async (): Promise<number> =>
    (await homeward.call('GET', '/FHIR/R4/Patient', { token: tokenOf('system/Patient.rs', 'EV9') })).json
      .total;
  expect(await patients()).toBe(1);
  write(policy, { reading: { default: 'own-patients' } });
  await aSecond();
  expect(await patients()).toBe(0);
  expect(await lastChange()).toMatch(
    /^POLICY_FILE: changed reading\.default \(direct-care → own-patients\); SHA-256 [0-9a-f]{64}, before [0-9a-f]{64}$/,
  );
  write(policy, { reading: { default: 'direct-care' } });
});

it('a policy made narrower holds for a request whose body was still coming', async () => {
  await aSecond();
  const batch = await readOfThePatient();
  const answered = slowly(tokenOf('system/Patient.rs', 'EV9'), batch, async () => {
    write(policy, { reading: { default: 'own-patients' } });
    await aSecond();
  });
  expect((await answered).entry[0]?.response.status).toBe('404');
  write(policy, { reading: { default: 'direct-care' } });
  await aSecond();
});

// The age of the policy and the time since the request was admitted add up: each alone is less than a second here.
it.each([350, 600])(
  'a policy made narrower holds a second later for a body that began %d ms after the edit',
  async (beganAfter) => {
    const batch = await readOfThePatient();
    const editedAt = Date.now();
    write(policy, { reading: { default: 'own-patients' } });
    await sleep(beganAfter);
    const answered = slowly(tokenOf('system/Patient.rs', 'EV9'), batch, () =>
      sleep(editedAt + 1_050 - Date.now()),
    );
    expect((await answered).entry[0]?.response.status).toBe('404');
    write(policy, { reading: { default: 'direct-care' } });
    await aSecond();
  },
);

it('a policy made narrower holds for the entries of a batch that is under way', async () => {
  await aSecond();
  const asked = { method: 'GET', url: 'Patient?_sort=-_lastUpdated' };
  const { json } = await changedDuring(asked, tokenOf('system/Patient.rs', 'EV9'), () =>
    write(policy, { reading: { default: 'own-patients' } }),
  );
  const totals = json.entry.map(({ resource }: { resource?: { total: number } }) => resource?.total);
  expect([totals[0], totals.at(-1)]).toEqual([1, 0]);
  write(policy, { reading: { default: 'direct-care' } });
  await aSecond();
});

/** A batch that reads the patient, whom the policy shows to everybody at this time. */
async function readOfThePatient(): Promise<string> {
  const { json } = await homeward.call('GET', '/FHIR/R4/Patient', {
    token: tokenOf('system/Patient.rs', 'EV9'),
  });
  const request = { method: 'GET', url: `Patient/${json.entry[0].resource.id}` };
  return JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [{ request }] });
}

/** Sends a batch that asks the same a thousand times, and makes a change once its first entry is answered. */
async function changedDuring(
  request: { method: string; url: string },
  token: string,
  change: () => void,
): Promise<Reply> {
  const body = { resourceType: 'Bundle', type: 'batch', entry: Array<object>(1_000).fill({ request }) };
  const answered = homeward.call('POST', '/FHIR/R4', { token, body });
  let searches = 0;
  await watchStatements(
    homeward.app.database,
    () => answered,
    (text) => {
      if (text.startsWith('WITH page') && (searches += 1) === 2) change();
      return false;
    },
  );
  return answered;
}

/** What changes while a batch is under way, and what sets it back. */
const revocations: [what: string, tokens: (() => string)[], revoke: () => void, restore: () => void][] = [
  [
    'a key that is gone',
    [() => tokenOf('system/*.rs', 'RR8')],
    () => write(jwks, { keys: [ecKey('another').jwk] }),
    () => write(jwks, { keys: [issued.jwk] }),
  ],
  [
    'a token that expires',
    // Expired tokens are accepted for a minute more. Where a batch has not begun in time, the next token lasts longer.
    [-58, -54, -46].map((seconds) => () => tokenOf('system/*.rs', 'RR8', issued, seconds)),
    () => undefined,
    () => undefined,
  ],
];

it.each(revocations)('%s ends the batch that is under way', async (_what, tokens, revoke, restore) => {
  await aSecond();
  const asked = { method: 'HEAD', url: 'Observation?_count=16&_include=*&_revinclude=Provenance:target' };
  let reply: Reply | undefined;
  for (const token of tokens) {
    reply = await changedDuring(asked, token(), revoke);
    if (reply.status === 200) break;
  }
  const statuses: string[] = reply!.json.entry.map(
    ({ response }: { response: { status: string } }) => response.status,
  );
  restore();
  await aSecond();
  const since = statuses.indexOf('401');
  expect(since).toBeGreaterThan(0);
  expect(new Set(statuses.slice(0, since))).toEqual(new Set(['200']));
  expect(new Set(statuses.slice(since))).toEqual(new Set(['401']));
});

/** Sends a batch of which the last part comes when something else has happened. */
function slowly(
  token: string,
  body: string,
  between: () => Promise<void>,
): Promise<{ entry: { response: { status: string } }[] }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
    const sending = request(homeward.fhir, { method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString('utf8'))));
    });
    sending.on('error', reject);
    sending.write('  ');
    setTimeout(() => void between().then(() => sending.end(body), reject), 200);
  });
}

/** Asks for a token as the client that is registered. */
function asked(): Promise<Response> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'ward-a', sub: 'ward-a', aud: `${homeward.url}/oauth2/token`, jti: randomUUID() };
  return fetch(`${homeward.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: signJwt(key, { ...claims, iat: now, exp: now + 60 }, { alg: 'ES256' }),
    }),
  });
}

it.each([
  ['key is replaced', { jwks: { keys: [ecKey('of-the-client').jwk] } }],
  ['tokens need a certificate now', { certificateSha256: 'x'.repeat(43) }],
])('a client whose %s loses the token that it has', async (_what, edit) => {
  const { access_token: token } = (await (await asked()).json()) as { access_token: string };
  const status = async (): Promise<number> =>
    (await homeward.call('GET', '/FHIR/R4/Patient', { token })).status;
  register({ name: 'Ward A, by another name' });
  await aSecond();
  expect(await status()).toBe(200);
  register(edit);
  await aSecond();
  expect(await status()).toBe(401);
  register({});
});

it('a client that is disabled loses the token that it has, and gets no other', async () => {
  const { access_token: token } = (await (await asked()).json()) as { access_token: string };
  const status = async (): Promise<number> =>
    (await homeward.call('GET', '/FHIR/R4/Patient', { token })).status;
  expect(await status()).toBe(200);
  register({ disabled: true }, { clientId: 'ward-b' });
  await aSecond();
  expect(await status()).toBe(401);
  expect((await asked()).status).toBe(401);
  expect(await lastChange()).toMatch(
    /^CLIENTS_FILE: changed ward-a \(enabled → disabled\); added ward-b; SHA-256/,
  );
});

it('a key replaced under its kid ends the tokens of the one before, for the first request after a second', async () => {
  const token = tokenOf('system/Patient.rs', 'RR8');
  const status = async (): Promise<number> =>
    (await homeward.call('GET', '/FHIR/R4/Patient', { token })).status;
  expect(await status()).toBe(200);
  write(jwks, { keys: [ecKey('of-the-issuer').jwk] });
  await aSecond();
  expect(await status()).toBe(401);
  write(jwks, { keys: [issued.jwk] });
  await aSecond();
  expect(await lastChange()).toMatch(/^AUTH_JWKS_URI: changed of-the-issuer \(.+ → .+\); SHA-256/);
});

it('a verification by HTTP is recorded', async () => {
  expect((await homeward.call('GET', '/ledger/verify', { token: auditor() })).status).toBe(200);
  const { json } = await homeward.call('GET', '/FHIR/R4/AuditEvent?_sort=-date&_count=5', {
    token: auditor(),
  });
  const names = json.entry.map(({ resource }: { resource: Recorded }) => resource.entity[0]!.name);
  expect(names).toContain('GET /ledger/verify');
});
