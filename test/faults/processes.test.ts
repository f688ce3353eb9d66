/**
 * Kills, stops and cuts real processes under load, and holds what is stored against what was answered. A short form
 * runs in the test command; `npm run test:faults` is the long one, whose figures are in docs/reliability.md.
 */
import { everything } from '../support/homeward';
import { fingerprint, inconsistencies, lostBytes, replayed, unexplained } from './inspect';
import { randomOf, startLoad, type Load } from './load';
import { looking } from './looking';
import { startProxy, type Proxy } from './proxy';
import { send, serverProcess, type ServerProcess } from './server-process';

const long = process.env.FAULTS === 'long';
const rounds = long
  ? { serverKills: 50, postgresKills: 20, pauses: 10, cuts: 20, stops: 10 }
  : { serverKills: 2, postgresKills: 1, pauses: 1, cuts: 2, stops: 1 };
const seed = Number(process.env.FAULTS_SEED ?? (long ? Date.now() % 1_000_000 : 6));
const random = randomOf(seed);
const figures: Record<string, unknown> = { seed };

jest.setTimeout(long ? 3_600_000 : 120_000);

const PATIENCE_MS = 20_000;
let server: ServerProcess;
let proxy: Proxy;
let load: Load;

beforeAll(async () => {
  server = await serverProcess({ STATEMENT_TIMEOUT_MS: '4000', DATABASE_CONNECTION_TIMEOUT_MS: '3000' });
  await server.start();
  proxy = await startProxy({ port: Number(new URL(server.url).port), host: '127.0.0.1' }, random);
  const tokens = new Map<string, string>();
  const token = (ods: string): string => {
    const known = tokens.get(ods);
    if (known) return known;
    tokens.set(ods, server.sandbox.token({ scope: everything, ods, ttlSeconds: 7200, sub: `client-${ods}` }));
    return token(ods);
  };
  let through = false;
  viaProxy = (on) => void (through = on);
  load = startLoad({
    url: () => (through ? `http://127.0.0.1:${proxy.port}` : server.url),
    token,
    senders: long ? 6 : 4,
    pauseMs: long ? 0 : 60,
    patienceMs: PATIENCE_MS,
    seed,
  });
});
let viaProxy: (on: boolean) => void;
beforeEach(() => load.go());

afterAll(async () => {
  await load.hold();
  await proxy.close();
  await server.remove();
  if (long)
    console.log(
      JSON.stringify({
        ...figures,
        acknowledged: load.log.length,
        answers: Object.fromEntries(load.answers),
        slowestMs: load.slowestMs(),
      }),
    );
});

/** While nobody sends: all that was acknowledged is there, and all or nothing of what was not. */
async function everythingIsThere(checked: number): Promise<void> {
  const wrong = await looking(server.connection(), async (database) => [
    ...(await inconsistencies(database)),
    ...(await unexplained(database, load.log, load.inFlight())),
    ...(await lostBytes(database, load.log.slice(checked))),
  ]);
  expect({ wrong, faults: load.faults }).toEqual({ wrong: [], faults: [] });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const atRandom = (): Promise<void> => sleep(100 + random() * (long ? 1500 : 900));

/** Waits until senders are acknowledged again. */
async function untilAcknowledged(): Promise<void> {
  const before = load.log.length;
  for (const began = Date.now(); load.log.length < before + 3; await sleep(20))
    if (Date.now() - began > 60_000) throw new Error('nothing is acknowledged any more');
}

/** The server answers that it can serve again. */
async function untilServing(): Promise<number> {
  for (const began = Date.now(); ; await sleep(20)) {
    const status = await fetch(`${server.url}/_status`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return Date.now() - began;
    if (Date.now() - began > 60_000) throw new Error(`not serving: ${status}`);
  }
}

it(`kill -9 of the server at ${rounds.serverKills} random moments loses nothing, and leaves nothing in part`, async () => {
  const restarts: number[] = [];
  let inFlight = 0;
  for (let round = 0; round < rounds.serverKills; round += 1) {
    const checked = load.log.length;
    await untilAcknowledged();
    await atRandom();
    inFlight += load.inFlight().size;
    await server.end('SIGKILL');
    await load.hold();
    restarts.push(await server.start());
    await everythingIsThere(checked);
    load.go();
  }
  figures.serverKills = { rounds: rounds.serverKills, inFlight, restartMs: spread(restarts) };
});

it(`kill -9 of PostgreSQL at ${rounds.postgresKills} random moments loses nothing; the server brings it back`, async () => {
  const recoveries: number[] = [];
  let inFlight = 0;
  for (let round = 0; round < rounds.postgresKills; round += 1) {
    const checked = load.log.length;
    await untilAcknowledged();
    await atRandom();
    inFlight += load.inFlight().size;
    const [postmaster, ...backends] = server.postgresPids();
    if (postmaster === undefined) throw new Error('PostgreSQL does not run');
    // Every third time one of its children only: PostgreSQL then restarts itself.
    const victim =
      round % 3 === 2 ? (backends[Math.floor(random() * backends.length)] ?? postmaster) : postmaster;
    send(victim, 'SIGKILL');
    await atRandom();
    await load.hold();
    recoveries.push(await untilServing());
    await everythingIsThere(checked);
    load.go();
  }
  figures.postgresKills = { rounds: rounds.postgresKills, inFlight, recoveryMs: spread(recoveries) };
});

it(`SIGSTOP of PostgreSQL, ${rounds.pauses} times, makes answers late or 503, never lost and never endless`, async () => {
  for (let round = 0; round < rounds.pauses; round += 1) {
    const checked = load.log.length;
    await untilAcknowledged();
    await atRandom();
    const stopped = server.postgresPids();
    for (const pid of stopped) send(pid, 'SIGSTOP');
    // In the long form, for longer than any statement may take.
    await sleep(long ? 3000 + random() * 12_000 : 1500);
    for (const pid of stopped) send(pid, 'SIGCONT');
    await untilAcknowledged();
    await load.hold();
    await untilServing();
    await everythingIsThere(checked);
    load.go();
  }
  figures.pauses = { rounds: rounds.pauses, slowestMs: load.slowestMs() };
});

it(`connections that are cut between senders and the server, in ${rounds.cuts} spells, lose nothing`, async () => {
  let cuts = 0;
  viaProxy(true);
  for (let round = 0; round < rounds.cuts; round += 1) {
    const checked = load.log.length;
    proxy.cutAfter(round % 2 === 0 ? 60_000 : undefined);
    for (const until = Date.now() + (long ? 1500 : 600); Date.now() < until; cuts += 1) {
      await sleep(random() * 60);
      proxy.cut();
    }
    proxy.cutAfter(undefined);
    await untilAcknowledged();
    await load.hold();
    await sleep(200); // what the server had in hand when its sender was cut off is finished by now
    await everythingIsThere(checked);
    load.go();
  }
  viaProxy(false);
  figures.cuts = { rounds: rounds.cuts, cuts };
});

it(`SIGTERM, ${rounds.stops} times, lets what is in flight finish: exit code 0, nothing lost`, async () => {
  const stops: number[] = [];
  for (let round = 0; round < rounds.stops; round += 1) {
    const checked = load.log.length;
    await untilAcknowledged();
    const before = load.answers.get('none') ?? 0;
    await atRandom();
    const began = Date.now();
    expect(await server.end('SIGTERM')).toBe(0);
    stops.push(Date.now() - began);
    await load.hold();
    expect(server.postgresPids()).toEqual([]);
    figures.refusedWhileStopped = (load.answers.get('none') ?? 0) - before;
    await server.start();
    await everythingIsThere(checked);
    load.go();
  }
  figures.stops = { rounds: rounds.stops, stopMs: spread(stops) };
});

it('in the end ids, versions, counts and contents are those of a replay of the answers; all sent again changes nothing', async () => {
  await load.finish();
  await looking(server.connection(), async (database) => {
    expect(await inconsistencies(database)).toEqual([]);
    expect(await unexplained(database, load.log, new Set())).toEqual([]);
    expect(await replayed(database, load.log)).toEqual([]);
    expect(await lostBytes(database, load.log)).toEqual([]);
    const before = await fingerprint(database);
    const answers = await inTurns(4, load.log, async ({ bytes, submission }) => {
      const response = await fetch(`${server.url}/FHIR/R4/Bundle`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${server.sandbox.token({ scope: everything, ods: submission.sender, ttlSeconds: 600 })}`,
          'Content-Type': 'application/fhir+json',
        },
        body: bytes,
      });
      await response.arrayBuffer();
      return [response.status, response.headers.get('x-submission-id')];
    });
    expect(answers).toEqual(load.log.map(({ submissionId }) => [200, submissionId]));
    expect(await fingerprint(database)).toBe(before);
  });
  expect(load.faults).toEqual([]);
});

async function inTurns<T, R>(
  atOnce: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

function spread(values: readonly number[]): { median: number; most: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 };
}
