/**
 * The set-up of deploy/patroni loses its leader again and again, and standbys that hang, while two nodes of Homeward take
 * submissions in. On demand: `npm run test:failover`. The figures are in docs/fail-over.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { everything } from '../support/homeward';
import { testIssuer } from '../support/test-issuer';
import { inconsistencies, lostBytes, replayed, unexplained } from './inspect';
import { randomOf, startLoad, type Load } from './load';
import { looking } from './looking';
import { missingForPatroni, signal, startPatroniCluster, type PatroniCluster } from './patroni-cluster';
import { serverProcess, type ServerProcess } from './server-process';

const LEADER_KILLS = Number(process.env.LEADER_KILLS ?? 10);
const STANDBY_STALLS = Number(process.env.STANDBY_STALLS ?? 2);
const PASSWORD = 'for-the-test';
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
const random = randomOf(seed);

const missing = missingForPatroni();
const isAsked = process.env.FAILOVER === 'long';
if (isAsked && missing.length > 0)
  throw new Error(`Install ${missing.join(', ')} first (docs/fail-over.md).`);
const onDemand = isAsked ? describe : describe.skip;

jest.setTimeout(3_600_000);

onDemand('fail-over with Patroni, synchronous (on demand: npm run test:failover)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-fail-over-'));
  let cluster: PatroniCluster;
  let nodes: ServerProcess[] = [];
  let load: Load;
  let token: (ods: string) => string;
  const figures: Record<string, unknown> = { seed };

  beforeAll(async () => {
    cluster = await startPatroniCluster();
    await prepareDatabase(cluster);
    const issuer = await testIssuer(folder);
    const tokens = new Map<string, string>();
    token = (ods) => {
      const made = tokens.get(ods) ?? issuer.token({ scope: everything, ods, ttlSeconds: 7_200, sub: ods });
      tokens.set(ods, made);
      return made;
    };
    const env = {
      ...issuer.env,
      DATABASE_URL: cluster.urlFor('homeward', PASSWORD),
      REQUIRE_SYNCHRONOUS: 'true',
      STATEMENT_TIMEOUT_MS: '10000',
      DATABASE_CONNECTION_TIMEOUT_MS: '5000',
    };
    nodes = [await serverProcess(env), await serverProcess(env)];
    for (const node of nodes) await node.start();
    load = startLoad({
      url: () => nodes[random() < 0.5 ? 0 : 1]!.url,
      token,
      senders: 4,
      pauseMs: 50,
      patienceMs: 60_000,
      seed,
    });
    load.go();
    await acknowledged(20);
  });

  afterAll(async () => {
    await load?.finish();
    for (const node of nodes) await node.remove();
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
    console.log(
      JSON.stringify({
        ...figures,
        acknowledged: load?.log.length,
        answers: Object.fromEntries(load?.answers ?? []),
        slowestAnswerMs: load?.slowestMs(),
      }),
    );
  });

  async function acknowledged(more: number): Promise<void> {
    for (const until = load.log.length + more; load.log.length < until; await sleep(10));
  }

  /** How long no submission was acknowledged, at most, from now until the fault is over and many are again. */
  async function longestSilence(fault: () => void, isOver: () => Promise<boolean>): Promise<number> {
    let [count, since, longest] = [load.log.length, Date.now(), 0];
    const watch = setInterval(() => {
      if (load.log.length === count) return;
      longest = Math.max(longest, Date.now() - since);
      [count, since] = [load.log.length, Date.now()];
    }, 10);
    fault();
    while (!(await isOver())) await sleep(100);
    await acknowledged(30);
    clearInterval(watch);
    return longest / 1_000;
  }

  /** While nobody sends: all that was acknowledged is there, once. */
  async function everythingIsThere(checked: number): Promise<void> {
    await load.hold();
    const wrong = await looking({ connectionString: cluster.urlFor('homeward', PASSWORD) }, async (db) => [
      ...(await inconsistencies(db)),
      ...(await unexplained(db, load.log, load.inFlight())),
      ...(await lostBytes(db, load.log.slice(checked))),
    ]);
    expect({ wrong, faults: load.faults }).toEqual({ wrong: [], faults: [] });
    load.go();
  }

  it(`${LEADER_KILLS} times the leader is killed: another one takes its place, and nothing acknowledged is lost`, async () => {
    const silences: number[] = [];
    for (let round = 0; round < LEADER_KILLS; round += 1) {
      const { leader } = await cluster.whole();
      const checked = load.log.length;
      await acknowledged(10 + Math.floor(20 * random()));
      const isOver = async (): Promise<boolean> =>
        (await cluster.members()).some(({ name, role }) => role === 'leader' && name !== leader);
      silences.push(await longestSilence(() => signal(cluster.pidsOf(leader), 'SIGKILL'), isOver));
      await cluster.startNode(leader);
      await everythingIsThere(checked);
    }
    figures.leaderKills = spread(silences);
  });

  it(`${STANDBY_STALLS} times the synchronous standby hangs: the other one takes its place, and nothing acknowledged is lost`, async () => {
    const silences: number[] = [];
    for (let round = 0; round < STANDBY_STALLS; round += 1) {
      const { synchronous } = await cluster.whole();
      const checked = load.log.length;
      await acknowledged(10);
      const stopped = cluster.pidsOf(synchronous);
      const isOver = async (): Promise<boolean> =>
        (await cluster.members()).some(({ name, role }) => role === 'sync_standby' && name !== synchronous);
      silences.push(await longestSilence(() => signal(stopped, 'SIGSTOP'), isOver));
      signal(stopped, 'SIGCONT');
      await everythingIsThere(checked);
    }
    figures.standbyStalls = spread(silences);
  });

  it('in the end everything is that of a replay of the answers, no stay is there twice, and the ledger verifies', async () => {
    await cluster.whole();
    await load.finish();
    await looking({ connectionString: cluster.urlFor('homeward', PASSWORD) }, async (database) => {
      expect(await replayed(database, load.log)).toEqual([]);
      expect(await lostBytes(database, load.log)).toEqual([]);
      const [stays] = await database.query<{ twice: number }>({
        text: `SELECT count(*)::int AS twice FROM
          (SELECT content::jsonb -> 'identifier' FROM encounter GROUP BY 1 HAVING count(*) > 1) AS same`,
      });
      expect(stays).toEqual({ twice: 0 });
    });
    for (const { url } of nodes) {
      const headers = { Authorization: `Bearer ${token('RF0')}` };
      const verified = (await (await fetch(`${url}/ledger/verify`, { headers })).json()) as object;
      expect(verified).toMatchObject({ status: 'pass', faults: [] });
      expect(await warningsOf(url)).toEqual([]);
    }
    expect(load.faults).toEqual([]);
  });
});

/** What `/_status` still warns of after a minute in which nothing is wrong. */
async function warningsOf(url: string): Promise<unknown[]> {
  for (const deadline = Date.now() + 60_000; ; await sleep(500)) {
    const { checks } = (await (await fetch(`${url}/_status`)).json()) as {
      checks: Record<string, { status: string }[]>;
    };
    const warnings = Object.entries(checks).filter(([, all]) => all.some(({ status }) => status !== 'pass'));
    if (warnings.length === 0 || Date.now() > deadline) return warnings;
  }
}

/** The role and the database that docs/fail-over.md makes, through HAProxy. */
async function prepareDatabase(cluster: PatroniCluster): Promise<void> {
  const url = new URL(cluster.urlFor('postgres', cluster.superuserPassword));
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE ROLE homeward LOGIN PASSWORD '${PASSWORD}' IN ROLE pg_monitor`);
  await client.query("CREATE DATABASE homeward OWNER homeward ENCODING 'UTF8' TEMPLATE template0");
  await client.end();
}

function spread(seconds: readonly number[]): { rounds: number; median: number; most: number } {
  const sorted = [...seconds].sort((a, b) => a - b);
  return {
    rounds: sorted.length,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    most: sorted.at(-1) ?? 0,
  };
}
