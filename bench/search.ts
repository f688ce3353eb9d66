/**
 * Searching in a small store and in a large one: every search that an NHS reader makes, of stays picked at random, in
 * turn on a server with the first 1,000 stays and on one with all of them, so that whatever else the machine does
 * weighs on both.
 */
import { performance } from 'node:perf_hooks';
import type { PoolConfig } from 'pg';
import { nhsSearches, type NhsFacts, type NhsSearch } from '../test/search/nhs-searches';
import { httpClient, type Call, type HttpClient } from './http-client';
import { summarise, type Measured } from './measure';
import { openPool } from './open-pool';
import { FIRST_STAYS, populate } from './population';
import type { Stage } from './stage';
import { factsOf, sealed } from './stay-facts';
import { SEED } from './summaries';

export interface SearchResult {
  purpose: string;
  path: string;
  small: Measured;
  large: Measured;
  /** Of the large store's to the small one's. */
  p50Ratio: number;
  p95Ratio: number;
  refused: number;
}

export interface SearchBenchmark {
  stays: { small: number; large: number };
  observations: number;
  loadSeconds: number;
  databaseBytes: number;
  searches: SearchResult[];
}

export interface SearchOptions {
  stays: number;
  /** In each stay. */
  observations: number;
  /** Of each search, in each store. */
  requests: number;
}

const WARM_UP = 30;

export async function benchSearch(stage: Stage, options: SearchOptions): Promise<SearchBenchmark> {
  const startedAt = performance.now();
  const { large, small } = await stores(stage, options);
  const loadSeconds = (performance.now() - startedAt) / 1000;
  const [inSmall, inLarge] = await Promise.all(
    [small, large].map((store) => openStore(stage, store, options)),
  );
  if (!inSmall || !inLarge) throw new Error('two stores were opened');
  // All of them before any is measured: otherwise the first would pay for what the compiler learns.
  for (const search of nhsSearches) await compare(search, inSmall, inLarge, WARM_UP);
  const searches: SearchResult[] = [];
  for (const search of nhsSearches) searches.push(await compare(search, inSmall, inLarge, options.requests));
  await Promise.all([inSmall.close(), inLarge.close()]);
  return {
    stays: { small: Math.min(FIRST_STAYS, options.stays), large: options.stays },
    observations: options.observations,
    loadSeconds,
    databaseBytes: inLarge.bytes,
    searches,
  };
}

/** One search so many times in each store, in turn, and each store as often first as second. */
async function compare(
  { purpose, type, params }: NhsSearch,
  inSmall: Store,
  inLarge: Store,
  requests: number,
): Promise<SearchResult> {
  const times: { small: number[]; large: number[] } = { small: [], large: [] };
  let refused = 0;
  const ask = async (store: Store, index: number, into: number[]): Promise<void> => {
    const call = callOf(type, params(store.facts[index % store.facts.length]!));
    const before = performance.now();
    const { status } = await store.client.call(call);
    into.push(performance.now() - before);
    if (status !== 200) refused += 1;
  };
  for (let index = 0; index < requests; index += 1) {
    const first = index % 2 === 0;
    if (first) await ask(inSmall, index, times.small);
    await ask(inLarge, index, times.large);
    if (!first) await ask(inSmall, index, times.small);
  }
  const [small, large] = [times.small, times.large].map((each) =>
    summarise(each, each.reduce((sum, ms) => sum + ms, 0) / 1000),
  ) as [Measured, Measured];
  const query = params(PLACEHOLDERS).map(([name, value]) => `${name}=${value}`);
  return {
    purpose,
    path: `${type}?${query.join('&')}`,
    small,
    large,
    p50Ratio: large.p50 / small.p50,
    p95Ratio: large.p95 / small.p95,
    refused,
  };
}

/** The small store is the large one as it was after its first stays. */
async function stores(
  stage: Stage,
  { stays, observations }: SearchOptions,
): Promise<{ small: PoolConfig; large: PoolConfig }> {
  const large = await stage.createDatabase('large');
  const range = { connection: large, dataDir: stage.dataDir, seed: SEED, observations };
  await populate({ ...range, from: 0, to: Math.min(FIRST_STAYS, stays) });
  const small = await stage.createDatabase('small', 'large');
  if (stays > FIRST_STAYS) await populate({ ...range, from: FIRST_STAYS, to: stays });
  return { small, large };
}

interface Store {
  client: HttpClient;
  facts: NhsFacts[];
  bytes: number;
  close(): Promise<void>;
}

async function openStore(stage: Stage, connection: PoolConfig, { requests }: SearchOptions): Promise<Store> {
  const server = await stage.serve(connection);
  const pool = openPool(connection, 1);
  await sealed(pool);
  const facts = await factsOf(pool, requests);
  const { rows } = await pool.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  await pool.end();
  const client = httpClient(server.url, server.token, 1);
  return {
    client,
    facts,
    bytes: Number(rows[0]?.bytes ?? 0),
    async close() {
      client.close();
      await server.stop();
    },
  };
}

export function callOf(type: string, params: readonly (readonly [string, string])[]): Call {
  const query = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return { method: 'GET', path: `/FHIR/R4/${type}?${query}` };
}

/** What stands in the report for a value. */
export const PLACEHOLDERS: NhsFacts = {
  nhsNumber: '<NHS number>',
  patient: '<id>',
  encounter: '<stay>',
  organisation: '<trust>',
  observation: '<reading>',
  family: '<name>',
  birthDate: '<day>',
  documentIdentifier: '<identifier>',
  readingIdentifier: '<identifier>',
};
