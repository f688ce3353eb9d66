/** The log: what an operator learns from each line, and what never gets into one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../src/platform/logger';
import { freshNhsNumber, freshSummary, send } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { testIssuer } from '../support/test-issuer';

interface Line {
  [field: string]: unknown;
}

let homeward: Homeward;
const lines: Line[] = [];
beforeAll(async () => {
  const keep = (line: string): void => void lines.push(JSON.parse(line) as Line);
  homeward = await startHomeward({}, createLogger('info', { write: keep }));
});
afterAll(() => homeward.close());

/** The line of the request that is made here. */
async function lineOf(request: (id: string) => Promise<unknown>): Promise<Line> {
  const id = `log-${lines.length}`;
  await request(id);
  for (;;) {
    const line = lines.find(({ requestId, msg }) => requestId === id && msg === 'request');
    if (line) return line;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
const asked = (method: string, path: string, options: Parameters<Homeward['call']>[2] = {}): Promise<Line> =>
  lineOf((id) =>
    homeward.call(method, path, { ...options, headers: { 'X-Request-ID': id, ...options.headers } }),
  );

describe('the line of a submission', () => {
  it('says who sent what, how much, and under which id it is kept', async () => {
    const body = freshSummary().bytes();
    const line = await lineOf((id) => send(homeward, body, { as: 'RLG01', headers: { 'X-Request-ID': id } }));
    expect(line).toMatchObject({
      level: 'info',
      method: 'POST',
      route: '/FHIR/R4/Bundle',
      type: 'Bundle',
      bundleType: 'collection',
      client: 'test-RLG01',
      sender: 'RLG01',
      bytes: body.length,
      status: 201,
      ms: expect.any(Number),
      submissionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(line).not.toHaveProperty('rules');
  });

  it('that was refused names the rules of its errors', async () => {
    const line = await lineOf((id) =>
      send(homeward, freshSummary().without('Encounter'), { headers: { 'X-Request-ID': id } }),
    );
    expect(line).toMatchObject({ status: 422, bundleType: 'collection', submissionId: expect.any(String) });
    expect(line.rules).toEqual(expect.arrayContaining([expect.stringMatching(/^[a-z0-9-]+$/)]));
  });

  it('that was sent as a message to $process-message names them too, though it is answered 200', async () => {
    const message = {
      resourceType: 'Bundle',
      type: 'message',
      entry: [{ resource: { resourceType: 'MessageHeader', id: 'm', eventUri: 'urn:e' } }],
    };
    const line = await asked('POST', '/FHIR/R4/$process-message', { body: message });
    expect(line).toMatchObject({ route: '/FHIR/R4/$process-message', type: 'Bundle', bundleType: 'message' });
    expect(line.rules).toEqual(expect.arrayContaining([expect.any(String)]));
  });

  it('of a batch names the rules by which entries were refused', async () => {
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Nonsense/1' } }],
    };
    const line = await asked('POST', '/FHIR/R4', { body: batch });
    expect(line).toMatchObject({ status: 200, type: 'Bundle', bundleType: 'batch' });
    expect(line.rules).toEqual([expect.any(String)]);
  });
});

describe('the line of another request', () => {
  it('names the resource type within its route', async () => {
    expect(await asked('GET', '/FHIR/R4/Observation?_count=1')).toMatchObject({
      route: '/FHIR/R4/Observation',
      type: 'Observation',
      status: 200,
      bytes: 0,
    });
    expect(await asked('GET', '/FHIR/R4/Encounter/8a1f0000-0000-4000-8000-000000000000')).toMatchObject({
      route: '/FHIR/R4/Encounter/:id',
      type: 'Encounter',
      status: 404,
      rules: [expect.any(String)],
    });
  });

  it('says why a caller was not let in', async () => {
    expect(await asked('GET', '/FHIR/R4/Patient', { token: null })).toMatchObject({
      status: 401,
      rules: ['http-no-token'],
    });
    const token = homeward.token('system/Observation.rs');
    expect(await asked('GET', '/FHIR/R4/Patient', { token })).toMatchObject({
      status: 403,
      client: 'test-RR8',
      rules: [expect.any(String)],
    });
  });

  it.each(['/nothing/here', '/FHIR/R4/Nonsense', '/FHIR/R4/Patients/1/2/3/4'])(
    'to a path that is none (%s) has the route “unmatched”',
    async (path) => {
      expect(await asked('GET', path)).toMatchObject({ route: 'unmatched', status: 404 });
    },
  );
});

describe('the log', () => {
  it('has no NHS number or name, wherever a caller puts them', async () => {
    const number = freshNhsNumber();
    const bodies = [
      freshSummary().nhsNumber(number).bytes(),
      Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: `Zebedee ${number}`, entry: [] })),
    ];
    for (const body of bodies) await homeward.call('POST', '/FHIR/R4/Bundle', { body });
    for (const path of [
      `/FHIR/R4/${number}`,
      `/FHIR/R4/Patient/${number}`,
      `/FHIR/R4/Patient/Zebedee${number}/Observation`,
      `/Zebedee/${number}`,
      `/FHIR/R4/Patient?identifier=${number}&name=Zebedee`,
    ])
      await homeward.call('GET', path);
    await asked('GET', '/_ping');
    const log = JSON.stringify(lines);
    expect(log).not.toContain(number);
    expect(log).not.toContain('Zebedee');
  });
});

describe('a secured server', () => {
  it('writes JSON lines on standard output and nothing else, from its start to its end', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'homeward-log-'));
    const { env } = await testIssuer(dataDir);
    const root = join(__dirname, '..', '..');
    const child = spawn(
      process.execPath,
      ['-r', join(root, 'test/support/register-typescript.js'), join(root, 'src/main.ts'), 'serve'],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ...env },
      },
    );
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    const ended = once(child, 'close');
    try {
      while (!out.includes('"msg":"ready"') && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 10));
      child.kill('SIGTERM');
      await ended;
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
    const said = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(err).toBe('');
    expect(said[0]).toMatchObject({ msg: 'start', version: '0.1.0', mode: 'secured', node: hostname() });
    const messages = said.map(({ msg }) => msg);
    expect(messages.slice(-3)).toEqual(['ready', 'stopping', 'stopped']);
  }, 60_000);
});
