/**
 * A server under each supported version of Node.js: it starts, stores, finds and stops. `npm run test:node` installs 20,
 * 22 and 24 from npm's package `node` and tries each of them; by itself, this file tries the one that runs it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';
import { root } from '../support/sources';

const asked = process.env.NODE_VERSIONS?.split(',');
const folder = mkdtempSync(join(tmpdir(), 'homeward-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program of the newest release of a version, such as `22`. */
function installed(version: string): string {
  const place = join(folder, version);
  mkdirSync(place);
  // The package downloads the program for this machine when it is installed.
  writeFileSync(join(place, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }');
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `node@^${version}`], {
    cwd: place,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return join(place, 'node_modules', 'node', 'bin', 'node');
}

describe.each(asked ?? [process.version])('Node.js %s', (version) => {
  let server: ServerProcess | undefined;
  let node = process.execPath;
  beforeAll(async () => {
    if (asked) node = installed(version);
    server = await serverProcess({}, undefined, node);
    await server.start();
  }, 300_000);
  afterAll(() => server?.remove());

  it('is the version that runs', () => {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    expect(stdout.trim().startsWith(version.startsWith('v') ? version : `v${version}.`)).toBe(true);
  });

  it('stores a summary, finds it, answers /metrics, and stops', async () => {
    const token = server!.sandbox.token({
      scope: 'system/Bundle.c system/*.rs',
      ods: 'RR8',
      ttlSeconds: 600,
    });
    const headers = { authorization: `Bearer ${token}` };
    const sent = await fetch(`${server!.url}/FHIR/R4/Bundle`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/fhir+json' },
      body: aSummary().bytes(),
    });
    expect(sent.status).toBe(201);
    const identifier = encodeURIComponent('https://fhir.nhs.uk/Id/nhs-number|9990000018');
    const found = await fetch(`${server!.url}/FHIR/R4/Observation?patient:identifier=${identifier}`, {
      headers,
    });
    expect(await found.json()).toMatchObject({ total: 16 });
    expect((await fetch(`${server!.url}/metrics`)).status).toBe(200);
    expect(await server!.end('SIGTERM')).toBe(0);
  }, 60_000);

  it('runs the command line', () => {
    const run = ['-r', join(root, 'test/support/register-typescript.js'), join(root, 'src/main.ts')];
    const { status, stdout } = spawnSync(node, [...run, 'validate', join(root, 'examples', 'summary.json')], {
      encoding: 'utf8',
      cwd: root,
      env: { PATH: process.env.PATH },
    });
    expect({ status, stdout }).toMatchObject({ status: 0 });
  }, 60_000);
});
