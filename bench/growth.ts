/**
 * How cost grows with the store: the same requests in stores of different sizes, in turn, so that whatever else the
 * machine does weighs on all of them. Beside the time it counts the CPU time and the pages that PostgreSQL looked at,
 * which other processes do not change.
 */
import { statfs } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolConfig } from 'pg';
import { backUp, type Backup } from './backup';
import { cpuSeconds, difference, type CpuSeconds } from './cpu';
import type { GrowthSearch } from './growth-searches';
import { httpClient, type Call, type HttpClient } from './http-client';
import {
  checkLedger,
  countSubmissions,
  readAllRows,
  sizesOf,
  type Checked,
  type LedgerChecked,
  type Size,
} from './growth-steps';
import { summarise } from './measure';
import { openPool } from './open-pool';
import { populate } from './population';
import { factsOf, sealed } from './stay-facts';
import type { Stage } from './stage';
import type { Server } from './start-server';
import { SEED, summaryBodies } from './summaries';
import type { NhsFacts } from '../test/search/nhs-searches';

/** What one request costs. */
export interface Cost {
  count: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  /** Seconds; undefined where the kernel does not tell. */
  cpu?: CpuSeconds;
  /** Pages of 8 kB that PostgreSQL looked at, and those of them that were not in its memory. */
  pages: number;
  pagesRead: number;
  /** Requests that were refused or failed. */
  refused: number;
}

export type Searched = { name: string } & Cost;

export interface GrowthStep {
  stays: number;
  loadSeconds?: number;
  size: Size;
  /** By the name of the search. */
  searches: Searched[];
  submission: Cost;
  counts: ({ name: string } & Checked)[];
  ledger: LedgerChecked;
  /** Reading every row as text, as a dump does. */
  dump: Checked;
  /** Where this machine has the server’s `pg_dump`. */
  backup?: Backup;
}

/** What a summary of 45 Observations with a PDF of 300 kB leaves, as it is sent. */
export interface BytesOfSummary {
  summaries: number;
  database: number;
  /** Of `database`, the documents. */
  document: number;
  writeAheadLog: number;
}

export interface GrowthResult {
  observations: number;
  summary?: BytesOfSummary;
  steps: GrowthStep[];
}

export interface GrowthOptions {
  /** Stays of each store, from the fewest. */
  sizes: readonly number[];
  observations: number;
  searches: readonly GrowthSearch[];
  /** Of each search, in each store. */
  requests: number;
  /** Summaries that are sent to each store. */
  summaries: number;
  /** The most seconds for the ledger of each store. */
  ledgerSeconds: number;
}

/** A store that is filled. */
interface FilledStore {
  stays: number;
  connection: PoolConfig;
  loadSeconds?: number;
}

/** Each search is made in so many turns of the stores. */
const TURNS = 2;
const WARM_UP = 4;
/** No stay that is loaded has such a number. */
const FIRST_SENT = 5_000_000;
/** PostgreSQL writes the counters of a session at most once a second. */
const COUNTERS_AFTER_MS = 1_100;

/** What a stay of 10 Observations takes, with room for making indexes and for the write-ahead log. */
const BYTES_OF_STAY = 55_000;

/** So that a run of hours does not end with a full disk. @throws with what is missing */
export function expectRoom(sizes: readonly number[], freeBytes: number, folder: string): void {
  const gigabytes = (bytes: number): number => Math.ceil(bytes / 1e9);
  const needed = BYTES_OF_STAY * sizes.reduce((sum, stays) => sum + stays, 0);
  if (freeBytes < needed)
    throw new Error(
      `These stores need ${gigabytes(needed)} GB, and ${folder} has ${gigabytes(freeBytes)} GB left. Set TMPDIR to another folder, or choose smaller --sizes.`,
    );
}

export async function benchGrowth(stage: Stage, options: GrowthOptions): Promise<GrowthResult> {
  const { bavail, bsize } = await statfs(stage.dataDir);
  expectRoom(options.sizes, bavail * bsize, stage.dataDir);
  const stores: FilledStore[] = [];
  for (const [index, stays] of options.sizes.entries()) {
    const startedAt = performance.now();
    const before = index === 0 ? undefined : `stays_${options.sizes[index - 1]}`;
    const connection = await stage.createDatabase(`stays_${stays}`, before);
    const range = { connection, dataDir: stage.dataDir, seed: SEED, observations: options.observations };
    await populate({ ...range, from: options.sizes[index - 1] ?? 0, to: stays });
    stores.push({ stays, connection, loadSeconds: (performance.now() - startedAt) / 1000 });
  }
  const summary = await measureBytes(stage, 5 * options.summaries);
  const result = { ...(await measureGrowth(stage, stores, options)), summary };
  for (const { connection } of stores) await stage.dropDatabase(String(connection.database));
  return result;
}

/** Sends summaries to an empty store, and asks what has grown. */
async function measureBytes(
  stage: Pick<Stage, 'serve' | 'createDatabase' | 'dropDatabase'>,
  summaries: number,
): Promise<BytesOfSummary> {
  const connection = await stage.createDatabase('sent');
  const server = await stage.serve(connection);
  const client = httpClient(server.url, server.token, 1);
  const pool = openPool(connection, 1);
  const before = await bytesNow(pool);
  for (const body of summaryBodies(FIRST_SENT, summaries)) {
    const call: Call = {
      method: 'POST',
      path: '/FHIR/R4/Bundle',
      contentType: 'application/fhir+json',
      body,
    };
    const { status } = await client.call(call);
    if (status !== 201) throw new Error(`a summary was answered ${status}`);
  }
  await sealed(pool);
  const after = await bytesNow(pool);
  await pool.end();
  client.close();
  await server.stop();
  await stage.dropDatabase('sent');
  const each = (of: keyof typeof after): number => (after[of] - before[of]) / summaries;
  return {
    summaries,
    database: each('database'),
    document: each('document'),
    writeAheadLog: each('writeAheadLog'),
  };
}

async function bytesNow(pool: Pool): Promise<Omit<BytesOfSummary, 'summaries'>> {
  const { rows } = await pool.query<Record<keyof Omit<BytesOfSummary, 'summaries'>, string>>(
    `SELECT pg_database_size(current_database()) AS database, pg_total_relation_size('document_bytes') AS document,
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS "writeAheadLog"`,
  );
  const { database, document, writeAheadLog } = rows[0]!;
  return {
    database: Number(database),
    document: Number(document),
    writeAheadLog: Number(writeAheadLog),
  };
}

interface Store extends FilledStore {
  server: Server;
  client: HttpClient;
  pool: Pool;
  facts: NhsFacts[];
}

/** Measures in stores that are there already. */
async function measureGrowth(
  stage: Pick<Stage, 'serve' | 'postmaster' | 'postgresVersion' | 'dataDir'>,
  filled: readonly FilledStore[],
  options: Omit<GrowthOptions, 'sizes'>,
): Promise<GrowthResult> {
  const stores: Store[] = [];
  for (const each of filled) {
    const server = await stage.serve(each.connection);
    const pool = openPool(each.connection, 1);
    await sealed(pool);
    const client = httpClient(server.url, server.token, 1);
    stores.push({ ...each, server, client, pool, facts: await factsOf(pool, 3 * options.requests) });
  }
  // Its own database, so that looking at the counters is not counted.
  const counters = openPool({ ...filled[0]!.connection, database: 'postgres' }, 1);
  const meter: Meter = { counters, postmaster: stage.postmaster };
  const searches = await measureSearches(meter, stores, options);
  const steps: GrowthStep[] = [];
  for (const store of stores) {
    const { stays, loadSeconds, pool } = store;
    const size = await sizesOf(pool);
    const submission = await measureSubmissions(meter, store, options.summaries);
    await store.server.stop();
    const backup = await backUp(store.connection, stage.postgresVersion, stage.dataDir);
    steps.push({
      stays,
      ...(loadSeconds === undefined ? {} : { loadSeconds }),
      size,
      searches: searches.get(store) ?? [],
      submission,
      counts: await countSubmissions(pool, stage.postmaster),
      ledger: await checkLedger(store.connection, stage.postmaster, options.ledgerSeconds),
      dump: await readAllRows(pool, stage.postmaster),
      ...(backup ? { backup } : {}),
    });
    store.client.close();
    await pool.end();
  }
  await counters.end();
  return { observations: options.observations, steps };
}

/**
 * First the pages, of stays that nobody has read yet; then time and CPU time, of others, in turn.
 */
async function measureSearches(
  meter: Meter,
  stores: readonly Store[],
  { requests, searches }: Pick<GrowthOptions, 'requests' | 'searches'>,
): Promise<Map<Store, Searched[]>> {
  const costs = new Map<Store, Searched[]>();
  const pages = new Map<Store, Pages[]>();
  // Each store has counters of its own, so all can be read at the same time.
  await Promise.all(
    stores.map(async (store) => {
      const calls = [];
      for (const search of searches) calls.push(await callsOf(store, search, 0, requests));
      pages.set(store, await pagesOfAll(meter, store, calls));
      costs.set(store, []);
    }),
  );
  const inTurn = Math.ceil(requests / TURNS);
  for (const [place, search] of searches.entries()) {
    const parts = new Map<Store, Timed[]>(stores.map((store) => [store, []]));
    for (let turn = 0; turn < TURNS; turn += 1)
      for (const store of stores) {
        const calls = await callsOf(store, search, requests + turn * inTurn, inTurn);
        parts.get(store)?.push(await timeCalls(meter, store, calls));
      }
    for (const store of stores)
      costs.get(store)?.push({
        name: search.name,
        ...joined(parts.get(store)!),
        ...pages.get(store)![place]!,
      });
  }
  return costs;
}

/** The calls of a search, for stays from this one on; of a later page, the links that lead to it. */
async function callsOf(store: Store, search: GrowthSearch, from: number, count: number): Promise<Call[]> {
  const calls: Call[] = [];
  for (let index = from; index < from + count; index += 1) {
    let path = search.path(store.facts[index % store.facts.length]!);
    for (let page = 1; page < (search.page ?? 1); page += 1) {
      const { status, body } = await store.client.call({ method: 'GET', path });
      // A refused page is counted when it is asked for again.
      if (status !== 200) break;
      const { link = [] } = JSON.parse(body.toString()) as { link?: { relation: string; url: string }[] };
      const next = link.find(({ relation }) => relation === 'next');
      if (next === undefined) throw new Error(`${search.name}: there is no page ${page + 1}`);
      const { pathname, search: query } = new URL(next.url);
      path = `${pathname}${query}`;
    }
    calls.push({ method: 'GET', path });
  }
  return calls;
}

interface Meter {
  counters: Pool;
  postmaster: number;
}

async function run(store: Store, calls: readonly Call[]): Promise<{ times: number[]; refused: number }> {
  const times: number[] = [];
  let refused = 0;
  for (const call of calls) {
    const before = performance.now();
    const { status } = await store.client.call(call);
    times.push(performance.now() - before);
    if (status >= 300) refused += 1;
  }
  return { times, refused };
}

type Pages = Pick<Cost, 'pages' | 'pagesRead'>;
type Timed = Omit<Cost, keyof Pages>;

async function timeCalls({ postmaster }: Meter, store: Store, calls: readonly Call[]): Promise<Timed> {
  const before = cpuSeconds(store.server.pid, postmaster);
  const { times, refused } = await run(store, calls);
  const after = cpuSeconds(store.server.pid, postmaster);
  const { count, p50, p95 } = summarise(times, 1);
  const cpu = before && after && difference(after, before);
  return {
    count,
    p50,
    p95,
    ...(cpu && { cpu: { server: cpu.server / count, database: cpu.database / count } }),
    refused,
  };
}

/** The pages of each list of calls, for one call. */
async function pagesOfAll(meter: Meter, store: Store, lists: readonly (readonly Call[])[]): Promise<Pages[]> {
  const found: Pages[] = [];
  let before = await countersOf(meter, store);
  for (const calls of lists) {
    await run(store, calls);
    const after = await countersOf(meter, store);
    const perCall = (of: (pages: Pages) => number): number => (of(after) - of(before)) / calls.length;
    found.push({ pages: perCall(({ pages }) => pages), pagesRead: perCall(({ pagesRead }) => pagesRead) });
    before = after;
  }
  return found;
}

/** A read that looks at few pages. Sessions of PostgreSQL pass on what they have counted with their next statement. */
const FLUSHING: Call = { method: 'GET', path: '/FHIR/R4/Patient?identifier=none' };

async function countersOf({ counters }: Meter, store: Store): Promise<Pages> {
  await sleep(COUNTERS_AFTER_MS);
  await store.client.call(FLUSHING);
  await sleep(COUNTERS_AFTER_MS / 10);
  const { rows } = await counters.query<{ pages: string; read: string }>(
    'SELECT blks_hit + blks_read AS pages, blks_read AS read FROM pg_stat_database WHERE datname = $1',
    [store.connection.database],
  );
  return { pages: Number(rows[0]?.pages), pagesRead: Number(rows[0]?.read) };
}

async function measureSubmissions(meter: Meter, store: Store, summaries: number): Promise<Cost> {
  const calls = summaryBodies(FIRST_SENT, 2 * summaries + WARM_UP).map((body): Call => ({
    method: 'POST',
    path: '/FHIR/R4/Bundle',
    contentType: 'application/fhir+json',
    body,
  }));
  await run(store, calls.slice(0, WARM_UP));
  const [pages] = await pagesOfAll(meter, store, [calls.slice(WARM_UP, WARM_UP + summaries)]);
  return { ...(await timeCalls(meter, store, calls.slice(WARM_UP + summaries))), ...pages! };
}

/** The costs of some turns as one. */
function joined(costs: readonly Timed[]): Timed {
  const mean = (of: (cost: Timed) => number): number =>
    costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length;
  const isTold = costs.every(({ cpu }) => cpu !== undefined);
  return {
    count: costs.reduce((sum, { count }) => sum + count, 0),
    p50: mean(({ p50 }) => p50),
    p95: Math.max(...costs.map(({ p95 }) => p95)),
    ...(isTold && {
      cpu: { server: mean(({ cpu }) => cpu!.server), database: mean(({ cpu }) => cpu!.database) },
    }),
    refused: costs.reduce((sum, { refused }) => sum + refused, 0),
  };
}
