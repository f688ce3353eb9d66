/** `GET /metrics`: its names and labels, who may read it, and on which port. @see docs/metrics.md */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

/** The series of a metric by their labels, such as `{ '{state="used"}': 1 }`. */
function seriesOf(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('the metrics of a server on loopback', () => {
  let homeward: Homeward;
  const metrics = async (): Promise<string> => {
    const { status, bytes, headers } = await homeward.call('GET', '/metrics', { token: null });
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    return bytes.toString('utf8');
  };
  const submit = (body: Buffer, token?: string): ReturnType<Homeward['call']> =>
    homeward.call('POST', '/FHIR/R4/Bundle', { body, ...(token === undefined ? {} : { token }) });
  beforeAll(async () => {
    homeward = await startHomeward();
  });
  afterAll(() => homeward.close());

  it('count submissions by door, outcome and sender', async () => {
    const first = aSummary();
    expect((await submit(first.bytes())).status).toBe(201);
    expect((await submit(first.bytes())).status).toBe(200);
    const broken = aSummary().without('Encounter.period.start').bytes();
    expect((await submit(broken, homeward.token(undefined, 'RX1'))).status).toBe(422);
    expect(seriesOf(await metrics(), 'homeward_submissions_total')).toEqual({
      '{door="http",outcome="accepted",sender="RR8"}': 1,
      '{door="http",outcome="resent",sender="RR8"}': 1,
      '{door="http",outcome="refused",sender="RR8"}': 0,
      '{door="http",outcome="accepted",sender="RX1"}': 0,
      '{door="http",outcome="resent",sender="RX1"}': 0,
      '{door="http",outcome="refused",sender="RX1"}': 1,
    });
  });

  it('count what was found in new submissions, by rule and severity', async () => {
    const findings = seriesOf(await metrics(), 'homeward_rule_findings_total');
    const errors = Object.keys(findings).filter((labels) => labels.includes('severity="error"'));
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every((labels) => /^\{rule="[\w.-]+",severity="error"\}$/.test(labels))).toBe(true);
  });

  it('have the time of each request by method, template and status', async () => {
    await homeward.call('GET', '/FHIR/R4/Observation/0b1b1b1b-0000-4000-8000-000000000000');
    await homeward.call('GET', '/FHIR/R4/Encounter?status=finished');
    await homeward.call('GET', '/no-such-path');
    await homeward.call('GET', '/FHIR/R4/Encounter', { token: null });
    const name = 'homeward_http_request_duration_seconds';
    const text = await metrics();
    const counts = seriesOf(text, `${name}_count`);
    expect(counts).toMatchObject({
      '{method="POST",route="/FHIR/R4/Bundle",status="201"}': 1,
      '{method="GET",route="/FHIR/R4/Observation/:id",status="404"}': 1,
      '{method="GET",route="/FHIR/R4/Encounter",status="200"}': 1,
      '{method="GET",route="/FHIR/R4/Encounter",status="401"}': 1,
      '{method="GET",route="unmatched",status="404"}': 1,
    });
    expect(Object.keys(seriesOf(text, `${name}_bucket`)).some((labels) => labels.includes('le="+Inf"'))).toBe(
      true,
    );
  });

  it('have the state of the audit trail, the ledger, the connections and the process', async () => {
    const text = await metrics();
    expect(seriesOf(text, 'homeward_audit_write_seconds_count')['']).toBeGreaterThan(0);
    expect(seriesOf(text, 'homeward_ledger_unsealed_seconds')['']).toBeGreaterThanOrEqual(0);
    expect(Object.keys(seriesOf(text, 'homeward_database_connections')).sort()).toEqual([
      '{state="free"}',
      '{state="used"}',
      '{state="waiting"}',
    ]);
    expect(seriesOf(text, 'homeward_ready')).toEqual({ '': 1 });
    for (const name of ['homeward_mesh_inbox', 'homeward_deliveries', 'process_resident_memory_bytes'])
      expect(text).toContain(`# TYPE ${name} gauge`);
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('have no patient data, whatever a caller writes into a path', async () => {
    await homeward.call('GET', '/FHIR/R4/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018');
    await homeward.call('GET', '/FHIR/R4/Patient/9990000018');
    await homeward.call('GET', '/FHIR/R4/9990000018/Smith');
    await homeward.call('GET', '/9990000018');
    expect(await metrics()).not.toMatch(/9990000018|Smith/);
  });

  it('are read by GET and HEAD only', async () => {
    expect((await homeward.call('HEAD', '/metrics', { token: null })).status).toBe(200);
    const posted = await homeward.call('POST', '/metrics', { token: null });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('the metrics of a server on another address', () => {
  const everywhere = { HOST: '0.0.0.0', SANDBOX: 'on' };

  it('do not exist without METRICS_TOKEN', async () => {
    const homeward = await startHomeward(everywhere);
    try {
      for (const token of [null, undefined, 'a-token'])
        expect((await homeward.call('GET', '/metrics', token === undefined ? {} : { token })).status).toBe(
          404,
        );
    } finally {
      await homeward.close();
    }
  });

  it('need METRICS_TOKEN where it is set', async () => {
    const homeward = await startHomeward({ ...everywhere, METRICS_TOKEN: 'a-long-enough-secret' });
    try {
      const asked = async (token: string | null): Promise<unknown[]> => {
        const { status, headers, json } = await homeward.call('GET', '/metrics', { token });
        return [status, headers.get('www-authenticate'), json?.resourceType];
      };
      expect(await asked(null)).toEqual([401, 'Bearer', 'OperationOutcome']);
      const bad = [401, 'Bearer error="invalid_token"', 'OperationOutcome'];
      expect(await asked('another')).toEqual(bad);
      // A token of the API is none of the metrics.
      expect(await asked(homeward.token())).toEqual(bad);
      expect(await asked('a-long-enough-secret')).toEqual([200, null, undefined]);
      expect((await homeward.call('POST', '/metrics', { token: null })).status).toBe(405);
    } finally {
      await homeward.close();
    }
  });
});

describe('METRICS_PORT', () => {
  it('serves the metrics on that port and nowhere else, and nothing else there', async () => {
    const homeward = await startHomeward({ METRICS_PORT: '0' });
    try {
      const there = homeward.metricsUrl!;
      expect(there).not.toBe(homeward.url);
      expect((await homeward.call('GET', '/metrics')).status).toBe(404);
      const found = await homeward.call('GET', `${there}/metrics`, { token: null });
      expect([found.status, found.bytes.toString('utf8')]).toEqual([
        200,
        expect.stringContaining('homeward_ready 1'),
      ]);
      for (const path of ['/_ping', '/_status', '/FHIR/R4/metadata', '/FHIR/R4/Patient', '/'])
        expect([path, (await homeward.call('GET', `${there}${path}`)).status]).toEqual([path, 404]);
    } finally {
      await homeward.close();
    }
  });
});

it('counts the submissions of the organisations of the policy from 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-metrics-'));
  const path = join(folder, 'policy.json');
  writeFileSync(path, JSON.stringify({ submitting: { organisations: { RX1: ['*'] } } }));
  const homeward = await startHomeward({ POLICY_FILE: path });
  try {
    const text = (await homeward.call('GET', '/metrics', { token: null })).bytes.toString();
    expect(seriesOf(text, 'homeward_submissions_total')).toEqual({
      '{door="http",outcome="accepted",sender="RX1"}': 0,
      '{door="http",outcome="resent",sender="RX1"}': 0,
      '{door="http",outcome="refused",sender="RX1"}': 0,
    });
  } finally {
    await homeward.close();
    rmSync(folder, { recursive: true });
  }
});
