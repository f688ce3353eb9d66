/**
 * Two nodes of an earlier version are replaced by this one, one after the other, while clients submit and search: no
 * request fails. The short form is without HAProxy, from the merged commit before. `npm run test:rolling-upgrade` is
 * the long form, behind HAProxy, from the version before the last migration. UPGRADE_FROM=<commit> names another one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, serverProcess, type ServerProcess } from '../faults/server-process';
import { urlOf } from '../ledger/harness';
import { freshSummary, type AnyJson } from '../semantics/sending';
import { createTestDatabase, type TestDatabase } from '../support/database';
import {
  commitBefore,
  commitBeforeLastMigration,
  unpackVersion,
  type EarlierVersion,
} from '../support/earlier-version';
import { everything } from '../support/homeward';
import { testIssuer } from '../support/test-issuer';
import { hasHaproxy, inTurns, startHaproxy, type Front } from './behind-haproxy';

const isLong = process.env.ROLLING_UPGRADE === 'long';
if (isLong && !hasHaproxy) throw new Error('Install haproxy first (docs/fail-over.md).');
const commit = isLong ? commitBeforeLastMigration() : commitBefore();
const withHistory = commit === undefined ? describe.skip : describe;
/** How many requests are answered, at least, between one step and the next. */
const BETWEEN_STEPS = isLong ? 150 : 15;

jest.setTimeout(isLong ? 600_000 : 180_000);

const searches = ['Encounter?_count=5', 'Observation?status=final&_count=5', 'Patient?family=a', 'metadata'];

withHistory(`an upgrade from ${commit?.slice(0, 8)}, node by node, under load`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-rolling-'));
  let database: TestDatabase;
  let version: EarlierVersion;
  const old: ServerProcess[] = [];
  const upgraded: ServerProcess[] = [];
  let front: Front;
  let token: string;
  const answers = { submissions: 0, searches: 0 };
  const failed: string[] = [];
  const stored: string[] = [];
  let slowestMs = 0;
  let ending = false;

  async function call(path: string, body?: Buffer): Promise<Response | undefined> {
    const began = Date.now();
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
    const sent = { method: body ? 'POST' : 'GET', headers, ...(body ? { body: new Uint8Array(body) } : {}) };
    try {
      const answer = await fetch(`${front.url()}${path}`, sent);
      const text = await answer.text();
      slowestMs = Math.max(slowestMs, Date.now() - began);
      answers[body ? 'submissions' : 'searches'] += 1;
      if (answer.status !== (body ? 201 : 200))
        failed.push(`${path}: ${answer.status} ${text.slice(0, 300)}`);
      return answer;
    } catch (error) {
      failed.push(`${path}: ${String((error as Error).cause ?? error)}`);
      return undefined;
    }
  }
  const submitter = async (): Promise<void> => {
    while (!ending) {
      const answer = await call('/FHIR/R4/Bundle', freshSummary().bytes());
      stored.push(answer?.headers.get('x-submission-id') ?? 'none');
    }
  };
  const reader = async (): Promise<void> => {
    for (let turn = 0; !ending; turn += 1) await call(`/FHIR/R4/${searches[turn % searches.length]!}`);
  };
  const answered = async (more: number): Promise<void> => {
    const total = (): number => answers.submissions + answers.searches + failed.length;
    for (const until = total() + more; total() < until; await sleep(20));
  };

  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    version = unpackVersion(commit!);
    const issuer = await testIssuer(folder);
    token = issuer.token({ scope: everything, ods: 'RR8', ttlSeconds: 3_600, sub: 'sender' });
    // In the short form there is one of each, which saves two starts.
    for (const number of isLong ? [1, 2] : [1]) {
      const dataDir = join(folder, `node-${number}`);
      const env = { ...issuer.env, DATABASE_URL: urlOf(database.connection) };
      const port = String(await freePort());
      old.push(await serverProcess({ ...env, PORT: port }, dataDir, process.execPath, version.folder));
      // Behind HAProxy a node keeps its address. In the short form the new one starts beside the old one.
      const newPort = isLong ? port : String(await freePort());
      upgraded.push(await serverProcess({ ...env, PORT: newPort }, isLong ? dataDir : `${dataDir}-new`));
    }
    for (const node of old) await node.start();
    front = isLong ? await startHaproxy(old.map(({ url }) => url)) : inTurns([old[0]!.url, upgraded[0]!.url]);
    if (!isLong) await front.drain(2);
  });
  afterAll(async () => {
    await front?.close();
    for (const node of [...old, ...upgraded]) await node.remove();
    version?.remove();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
    if (isLong) console.log(JSON.stringify({ from: commit, ...answers, failed: failed.length, slowestMs }));
  });

  /** The steps of docs/operating.md for one node. */
  async function replace(node: number): Promise<void> {
    await front.drain(node);
    expect(await old[node - 1]!.end('SIGTERM')).toBe(0);
    await upgraded[node - 1]!.start();
    await front.ready(node);
  }

  it('lets no request fail, loses nothing, and leaves a ledger that verifies', async () => {
    const clients = [submitter(), submitter(), reader(), reader()];
    await answered(BETWEEN_STEPS);
    if (isLong)
      for (const node of [1, 2]) {
        await replace(node);
        await answered(BETWEEN_STEPS);
      }
    else {
      await upgraded[0]!.start();
      await front.ready(2);
      await answered(BETWEEN_STEPS);
      await front.drain(1);
      expect(await old[0]!.end('SIGTERM')).toBe(0);
      await answered(BETWEEN_STEPS);
    }
    ending = true;
    await Promise.all(clients);
    expect(failed).toEqual([]);
    const url = upgraded[0]!.url;
    const get = async (path: string): Promise<AnyJson> =>
      (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } })).json();
    expect((await get('/FHIR/R4/Encounter?_summary=count')).total).toBe(stored.length);
    expect(await get('/ledger/verify')).toMatchObject({ status: 'pass', faults: [] });
  });
});
