/** Passing on to FHIR servers. @see docs/transports/passing-on.md */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../fixtures/certificates';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { submitterFor } from '../../src/interfaces/cli/submit-locally';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { startReceiver, until, type Receiver } from './receiver';

const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const folder = mkdtempSync(join(tmpdir(), 'homeward-forwarding-'));
const file = join(folder, 'forward.json');
const write = (rules: unknown): void => writeFileSync(file, JSON.stringify(rules));

let homeward: Homeward;
let gp: Receiver;
let trust: Receiver;
let stays = 0;

/** A summary of a stay of its own. */
const another = (): SummaryBuilder => aSummary().stay((stays += 1));
const atPractice = (code: string): SummaryBuilder =>
  another().with('Patient.generalPractitioner', [{ identifier: { system: ODS, value: code } }]);

const rules = (): object[] => [
  { name: 'gp', when: { practices: ['a12345'] }, to: { fhir: { url: `${gp.url}/FHIR/R4` } } },
  { name: 'trust', when: { senders: ['RR8', 'RYY'] }, to: { fhir: { url: `${trust.url}/base/` } } },
];

async function submitted(body: Buffer, headers: Record<string, string> = {}): Promise<string> {
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body, headers });
  expect([200, 201]).toContain(sent.status);
  return sent.headers.get('x-submission-id')!;
}

interface Entry {
  id: string;
  name: string;
  state: string;
  submission: string;
  attempts: number;
  lastError: string | null;
  deliveredAt: string | null;
}

const deliveries = async (query = ''): Promise<Entry[]> =>
  (await homeward.call('GET', `/deliveries?${query}`)).json.deliveries;

const settled = (): Promise<void> => until(async () => (await deliveries('state=waiting')).length === 0);

const check = async (name: string): Promise<{ status: string; output?: string }> =>
  (await homeward.call('GET', '/_status')).json.checks[name][0];

beforeAll(async () => {
  [gp, trust] = [await startReceiver(), await startReceiver()];
  write(rules());
  homeward = await startHomeward({ FORWARD_FILE: file });
});
afterAll(async () => {
  await homeward.close();
  await gp.close();
  await trust.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  for (const each of [gp, trust]) {
    each.answers(201);
    each.arrivals.length = 0;
  }
});
afterEach(settled);

describe('what is passed on', () => {
  it('is what was received, byte for byte, to each destination whose rule applies', async () => {
    const body = another().bytes();
    await submitted(body);
    const [first] = await trust.has(1);
    expect(first).toMatchObject({ method: 'POST', path: '/base/Bundle' });
    expect(first!.headers['content-type']).toBe('application/fhir+json');
    expect(first!.body.equals(body)).toBe(true);
    expect(gp.arrivals).toEqual([]);
  });

  it('is XML where XML was received', async () => {
    const body = Buffer.from(writeXml(another().build()));
    await submitted(body, { 'Content-Type': 'application/xml' });
    const [first] = await trust.has(1);
    expect(first!.headers['content-type']).toBe('application/fhir+xml');
    expect(first!.body.equals(body)).toBe(true);
  });

  it('is decided by the practice of the patient, too', async () => {
    const body = atPractice('A12345').bytes();
    await submitted(body);
    const [first] = await gp.has(1);
    expect(first).toMatchObject({ path: '/FHIR/R4/Bundle' });
    expect(first!.body.equals(body)).toBe(true);
    await trust.has(1);
  });

  it('are corrections, and neither resends nor refused submissions', async () => {
    const summary = another();
    await submitted(summary.bytes());
    await submitted(summary.bytes());
    await submitted(summary.correction(2).bytes());
    await submitted(summary.correction(3).with('DocumentReference.status', 'entered-in-error').bytes());
    const refused = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: another().without('Encounter').bytes(),
    });
    expect(refused.status).toBe(422);
    await settled();
    expect(trust.arrivals.map(({ body }) => JSON.parse(body.toString()).meta.versionId)).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('is passed on whichever interface the submission came through', async () => {
    const submit = submitterFor(homeward.app, 'RR8', 'default');
    const body = another().bytes();
    await submit(body, 'json');
    const [first] = await trust.has(1);
    expect(first!.body.equals(body)).toBe(true);
  });

  it('is recorded in the audit trail, with the patient and the destination', async () => {
    const submission = await submitted(another().bytes());
    await settled();
    const found = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?entity=Bundle/${submission}&subtype=$pass-on`,
    );
    const [{ resource }] = found.json.entry;
    expect(JSON.stringify(resource)).toContain('deliveries:trust');
    const report = await homeward.call('GET', '/access-report?nhs-number=9990000018');
    expect(report.json.rows.map(({ what }: { what: string }) => what).join()).toContain('deliveries:trust');
  });
});

describe('a destination that refuses', () => {
  it('ends that delivery, and the next goes on', async () => {
    trust.answers(({ body }, response) => {
      const refuses =
        body.toString().includes('"versionId": "7"') || body.toString().includes('"versionId":"7"');
      response.writeHead(refuses ? 422 : 201, { 'Content-Type': 'application/fhir+json' });
      response.end(
        JSON.stringify({
          resourceType: 'OperationOutcome',
          issue: [
            {
              severity: 'error',
              code: 'invalid',
              details: { coding: [{ code: 'vw-enc-06' }], text: 'NHS number 9990000018 is not valid' },
            },
            { severity: 'error', code: 'invalid', details: { coding: [{ code: 'NHS9990000018' }] } },
            { severity: 'error', code: 'OBrien' },
          ],
        }),
      );
    });
    const refused = await submitted(another().with('Bundle.meta.versionId', '7').bytes());
    const accepted = await submitted(another().bytes());
    await settled();
    const [second, first] = await deliveries('name=trust&limit=2');
    expect(first).toMatchObject({
      submission: refused,
      state: 'refused',
      attempts: 1,
      lastError: 'the destination answered 422 (vw-enc-06, invalid)',
      deliveredAt: null,
    });
    expect(second).toMatchObject({ submission: accepted, state: 'delivered', lastError: null });
    expect(second!.deliveredAt).toEqual(expect.any(String));
    await until(async () => (await check('deliveries:trust')).status === 'warn');
    trust.answers(201);
    const again = await homeward.call('POST', `/deliveries/${first!.id}/retry`);
    expect(again.status).toBe(202);
    await settled();
    expect((await deliveries('name=trust&limit=2'))[1]).toMatchObject({ state: 'delivered', attempts: 2 });
    expect((await homeward.call('POST', `/deliveries/${first!.id}/retry`)).status).toBe(409);
    await until(async () => (await check('deliveries:trust')).status === 'pass');
  });
});

describe('a destination that is away', () => {
  it('holds up nobody else, and gets everything in order, once, when it is back', async () => {
    trust.answers(503);
    const bodies = [1, 2, 3].map(() => atPractice('A12345').bytes());
    for (const body of bodies) await submitted(body);
    await gp.has(3);
    await trust.has(2);
    const waiting = /accepted nothing since .* \(the destination answered 503\)\. 3 deliveries are waiting\./;
    await until(async () => waiting.test((await check('deliveries:trust')).output ?? ''));
    expect((await check('deliveries:trust')).status).toBe('warn');
    expect((await homeward.call('GET', '/_status')).status).toBe(200);
    const [, , first] = await deliveries('name=trust&state=waiting');
    expect(first).toMatchObject({ lastError: 'the destination answered 503' });
    trust.arrivals.length = 0;
    trust.answers(201);
    await settled();
    expect(trust.arrivals.map(({ body }) => bodies.findIndex((each) => each.equals(body)))).toEqual([
      0, 1, 2,
    ]);
    expect(gp.arrivals).toHaveLength(3);
  });

  it.each([401, 403, 404, 410, 429, 500])('is tried again after %i', async (status) => {
    trust.answers(status);
    await submitted(another().bytes());
    await trust.has(1);
    trust.answers(201);
    await settled();
    expect(trust.arrivals.length).toBeGreaterThanOrEqual(2);
    expect((await deliveries('name=trust&limit=1'))[0]).toMatchObject({ state: 'delivered' });
  });

  it('waits a second, and then twice as long', async () => {
    trust.answers(503);
    await submitted(another().bytes());
    await trust.has(3);
    trust.answers(201);
    const [first, second, third] = trust.arrivals.map(({ at }) => at);
    expect(second! - first!).toBeGreaterThan(900);
    expect(third! - second!).toBeGreaterThan(1_900);
    await settled();
  });

  it('may close the connection without an answer: the same delivery comes again, under the same id', async () => {
    trust.answers((_, response) => response.destroy());
    await submitted(another().bytes());
    await trust.has(1);
    trust.answers(201);
    await settled();
    const [first, last] = [trust.arrivals[0]!, trust.arrivals.at(-1)!];
    expect(last.headers['x-request-id']).toBe(first.headers['x-request-id']);
    expect(last.body.equals(first.body)).toBe(true);
  });
});

describe('GET /deliveries', () => {
  const list = (query: string): Promise<Reply> => homeward.call('GET', `/deliveries?${query}`);

  it('turns its pages, newest first', async () => {
    const sent: string[] = [];
    for (let count = 0; count < 3; count += 1) sent.unshift(await submitted(another().bytes()));
    await settled();
    const first = await list('name=trust&limit=2');
    const second = await list(`name=trust&limit=1&cursor=${first.json.next}`);
    const shown = [...first.json.deliveries, ...second.json.deliveries];
    expect(shown.map(({ submission }: Entry) => submission)).toEqual(sent);
  });

  it.each([
    ['state=lost', 'deliveries-parameter'],
    ['cursor=abc', 'deliveries-parameter'],
    ['state=failed&state=failed', 'deliveries-parameter'],
    ['colour=red', 'deliveries-unknown-parameter'],
  ])('refuses %s', async (query, rule) => {
    const { status, json } = await list(query);
    expect([status, json.issue[0].details.coding[0].code]).toEqual([400, rule]);
  });

  it('and a retry need scopes that name the audit trail', async () => {
    const id = '7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11';
    const reads = homeward.token('system/AuditEvent.rs');
    const submits = homeward.token('system/Bundle.crs system/*.rs');
    expect((await homeward.call('GET', '/deliveries', { token: submits })).status).toBe(403);
    expect((await homeward.call('GET', '/deliveries', { token: reads })).status).toBe(200);
    expect((await homeward.call('GET', '/deliveries', { token: null })).status).toBe(401);
    expect((await homeward.call('POST', `/deliveries/${id}/retry`, { token: reads })).status).toBe(403);
    const writes = homeward.token('system/AuditEvent.cruds');
    expect((await homeward.call('POST', `/deliveries/${id}/retry`, { token: writes })).status).toBe(404);
    expect((await homeward.call('POST', '/deliveries/none/retry', { token: writes })).status).toBe(404);
  });

  it('has the same numbers as the metrics', async () => {
    const { next, deliveries: shown } = (await list('name=trust&state=delivered&limit=500')).json;
    expect(next).toBeNull();
    await until(async () => {
      const { bytes } = await homeward.call('GET', '/metrics');
      return bytes.toString().includes(`homeward_deliveries{state="delivered",name="trust"} ${shown.length}`);
    });
  });
});

describe('FORWARD_FILE', () => {
  it('is read again within a second of a change', async () => {
    const ca = certificate('authority');
    const other = await startReceiver(0, certificate('127.0.0.1', ca));
    writeFileSync(join(folder, 'ca.pem'), ca.cert);
    write([...rules(), { name: 'other', to: { fhir: { url: `${other.url}/R4`, caFile: 'ca.pem' } } }]);
    await until(
      async () => 'deliveries:other' in (await homeward.call('GET', '/_status')).json.checks,
      2_000,
    );
    await submitted(another().bytes());
    await other.has(1);
    const changes = await homeward.call('GET', '/FHIR/R4/AuditEvent?subtype=$changed');
    expect(JSON.stringify(changes.json.entry[0])).toContain('added other; SHA-256');
    write(rules());
    await until(
      async () => !('deliveries:other' in (await homeward.call('GET', '/_status')).json.checks),
      2_000,
    );
    await submitted(another().bytes());
    await settled();
    expect(other.arrivals).toHaveLength(1);
    await other.close();
  });

  it('keeps its earlier content where the new one has a fault, and says so', async () => {
    write([{ name: 'trust', to: {} }]);
    await until(async () => (await check('forward-file')).status === 'warn', 2_000);
    expect((await check('forward-file')).output).toContain(
      '[0].to must have exactly one of fhir, mesh and hl7v2.',
    );
    await submitted(another().bytes());
    await trust.has(1);
    write(rules());
    await until(async () => (await check('forward-file')).status === 'pass', 2_000);
  });
});
