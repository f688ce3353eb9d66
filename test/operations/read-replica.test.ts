/**
 * Reads answered by a streaming standby (DATABASE_REPLICA_URL), whose replay is paused and resumed. PostgreSQL's own
 * programs are not needed. @see docs/decisions/0064-read-replicas.md
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { readConfig } from '../../src/config';
import { stay } from '../../src/demo/stay';
import { summaryOf } from '../../src/demo/summary';
import type { SearchAnswer } from '../../src/engines/search/request';
import type { Queryable } from '../../src/platform/postgres';
import { accepted, freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { addressOf, startPair, until, type Pair } from '../support/postgres-standby';

let pair: Pair;
let homeward: Homeward;
const dataDir = mkdtempSync(join(tmpdir(), 'homeward-replica-'));

beforeAll(async () => {
  pair = await startPair();
  homeward = await startHomeward(
    { DATABASE_URL: addressOf(pair.primary), DATABASE_REPLICA_URL: addressOf(pair.standby) },
    undefined,
    undefined,
    { on: { connection: pair.primary, dataDir } },
  );
}, 120_000);
afterAll(async () => {
  await homeward?.close();
  await pair?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

// A test that fails leaves nothing paused.
afterEach(() => pair.resume().catch(() => undefined));

/** May see everything. */
const ALL = { allowed: () => true, restrictions: () => null, sees: () => null };

/** How many reads each database has answered, by why. */
async function reads(): Promise<Record<string, number>> {
  const { bytes } = await homeward.call('GET', '/metrics');
  const lines = bytes.toString().matchAll(/^homeward_reads_total\{database="(\w+)",why="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, database, why, count]) => [`${database} ${why}`, Number(count)]),
  );
}

async function checkOfReplica(): Promise<{ status: string; output?: string }> {
  const { json } = await homeward.call('GET', '/_status');
  return json.checks['database:replica'][0];
}

const isUsed = (): Promise<boolean> => checkOfReplica().then(({ status }) => status === 'pass');

interface Page {
  ids: string[];
  next: string | undefined;
}

async function page(path: string): Promise<Page> {
  const { status, json } = await homeward.call('GET', path);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(json)}`);
  const entries = (json.entry ?? []) as { resource: { id: string; meta: { versionId: string } } }[];
  const links = json.link as { relation: string; url: string }[];
  return {
    ids: entries.map(({ resource: { id, meta } }) => `${id}/${meta.versionId}`),
    next: links.find(({ relation }) => relation === 'next')?.url,
  };
}

/** Follows the pages from a link on. @param between runs before each further page */
async function followed(
  first: Page,
  between: (number: number, next: string) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const ids = [...first.ids];
  let { next } = first;
  for (let number = 1; next !== undefined; number += 1) {
    await between(number, next);
    const more = await page(next);
    ids.push(...more.ids);
    next = more.next;
  }
  return ids;
}

/** Asks for a page until the replica has answered it: on a busy machine it may be behind at first. */
async function pageOfReplica(path: string): Promise<Page> {
  for (;;) {
    await until(isUsed);
    const before = (await reads())['replica current'] ?? 0;
    const answered = await page(path);
    if (((await reads())['replica current'] ?? 0) > before) return answered;
  }
}

const byPrimary = (counts: Record<string, number>): number =>
  Object.entries(counts).reduce((sum, [name, count]) => sum + (name.startsWith('primary') ? count : 0), 0);

describe('a read replica', () => {
  it('answers reads, searches, histories and $everything, and `/_status` and the metrics say so', async () => {
    await until(isUsed);
    await accepted(homeward, freshSummary());
    const patient = (await page('/FHIR/R4/Patient')).ids[0]!.split('/')[0]!;
    const before = await reads();
    const paths = [
      `/FHIR/R4/Patient/${patient}`,
      `/FHIR/R4/Patient/${patient}/_history/1`,
      `/FHIR/R4/Patient/${patient}/_history`,
      '/FHIR/R4/Observation/_history',
      '/FHIR/R4/_history',
      `/FHIR/R4/Observation?patient=${patient}&_include=*`,
      `/FHIR/R4/Patient/${patient}/Encounter`,
      `/FHIR/R4/Patient/${patient}/$everything`,
      '/FHIR/R4/Encounter?_summary=count',
      '/FHIR/R4/AuditEvent',
      '/FHIR/R4/Bundle',
    ];
    for (const path of paths) {
      const { status, json } = await homeward.call('GET', path);
      expect([path, status, json.entry?.length === 0 || json.total === 0]).toEqual([path, 200, false]);
    }
    const sum = (counts: Record<string, number>): number =>
      byPrimary(counts) + (counts['replica current'] ?? 0);
    expect(sum(await reads()) - sum(before)).toBe(paths.length);
    await pageOfReplica('/FHIR/R4/Patient');
    const { json: trail } = await homeward.call(
      'GET',
      `/FHIR/R4/AuditEvent?patient=${patient}&subtype=vread`,
    );
    expect(trail.total).toBe(1);
  });

  it('shows every reader what was stored before the read began', async () => {
    const { total } = (await homeward.call('GET', '/FHIR/R4/Encounter?_summary=count')).json;
    for (let each = 1; each <= 12; each += 1) {
      const { submissionId } = await accepted(homeward, freshSummary());
      const { json } = await homeward.call('GET', `/FHIR/R4/Bundle/${submissionId}`);
      const found = await homeward.call(
        'GET',
        `/FHIR/R4/Encounter?_count=1&_sort=-_lastUpdated&_total=accurate`,
      );
      expect([json.resourceType, found.json.total]).toEqual(['Bundle', total + each]);
    }
  });

  it('leaves reads to the primary while its replay is paused, and `/_status` warns', async () => {
    await pair.pause();
    const { submissionId } = await accepted(homeward, freshSummary());
    const before = await reads();
    for (let each = 0; each < 3; each += 1) {
      const { json } = await homeward.call('GET', `/FHIR/R4/Provenance?_count=1&_total=accurate`);
      const { json: bundle } = await homeward.call('GET', `/FHIR/R4/Bundle?_id=${submissionId}`);
      expect([json.total > 0, bundle.total]).toEqual([true, 1]);
    }
    const after = await reads();
    expect(after['replica current']).toBe(before['replica current']);
    expect(byPrimary(after)).toBeGreaterThanOrEqual(byPrimary(before) + 6);
    await until(async () => (await checkOfReplica()).output?.includes('has not replayed') === true);
    expect(await homeward.call('GET', '/_status')).toMatchObject({ status: 200, json: { status: 'warn' } });
    await pair.resume();
    await pageOfReplica('/FHIR/R4/Patient');
  });
});

describe('pages of one search over a standby that is paused and resumed', () => {
  /**
   * A transaction that began before the first page and commits after it: it adds a stay, and replaces one. A standby
   * does not know that it runs, so a snapshot of the standby’s own would lose the replaced stay.
   */
  const clients: Client[] = [];
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));
  async function inProgress(id: string): Promise<Client> {
    const client = new Client(pair.primary);
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    for (const text of [
      'BEGIN',
      `INSERT INTO encounter SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(),
         'last_updated', now(), 'xid', pg_current_xact_id()::text))).* FROM encounter AS e WHERE id = '${id}'`,
      `INSERT INTO encounter_history SELECT (jsonb_populate_record(NULL::encounter_history, to_jsonb(e) ||
         jsonb_build_object('superseded_xid', pg_current_xact_id()::text, 'superseded_at', now(), 'deleted', false))).*
         FROM encounter AS e WHERE id = '${id}'`,
      `UPDATE encounter SET version_id = version_id + 1, last_updated = now(), xid = pg_current_xact_id() WHERE id = '${id}'`,
    ])
      await client.query(text);
    return client;
  }

  it.each([
    '/FHIR/R4/Encounter?_count=3',
    '/FHIR/R4/Encounter?_count=3&_sort=date',
    '/FHIR/R4/Encounter/_history?_count=3',
  ])('repeats, loses and ages nothing: %s', async (path) => {
    await until(isUsed);
    const whole = await page(path.replace('_count=3', '_count=1000'));
    const replaced = whole.ids.at(-1)!.split('/')[0]!;
    const open = await inProgress(replaced);
    const first = await pageOfReplica(path);
    await open.query('COMMIT');
    const ids = await followed(first, async (number, next) => {
      if (number === 1) await pair.pause();
      if (number === 2) await accepted(homeward, freshSummary());
      if (number === 3) await pair.resume();
      if (number >= 3) await pageOfReplica(next);
    });
    expect(ids).toEqual(whole.ids);
  });
});

describe('DATABASE_REPLICA_URL', () => {
  it('needs the address of its primary, and must be one', () => {
    expect(readConfig({ DATABASE_REPLICA_URL: 'postgres://db2/homeward' })).toMatchObject({
      faults: ['DATABASE_REPLICA_URL needs DATABASE_URL, the address of its primary.'],
    });
    expect(
      readConfig({ DATABASE_URL: 'postgres://db1/homeward', DATABASE_REPLICA_URL: 'db2' }),
    ).toMatchObject({ faults: [expect.stringMatching(/^DATABASE_REPLICA_URL must be a URL/)] });
  });
});

describe('a page whose state the primary has lost', () => {
  it('has expired', async () => {
    const first = await pageOfReplica('/FHIR/R4/Encounter?_count=1');
    const cursor = new URL(first.next!).searchParams.get('_cursor')!;
    const { database, reading } = homeward.app;
    const search = (position: string): Promise<SearchAnswer> =>
      reading.searchEngine.search(
        { query: database.query, asOf: { position } },
        { type: 'Encounter', params: [['_cursor', cursor]], handling: 'strict', ...ALL },
      );
    expect(await search('0/1')).toMatchObject({ ok: false, issues: [{ rule: 'search-cursor-expired' }] });
    expect(await search('FFFF/0')).toMatchObject({ ok: true });
  });
});

/** `REPLICA=measure npx jest test/operations/read-replica`: what a read on the replica costs, on the console. */
(process.env.REPLICA === undefined ? describe.skip : describe)('the time of a read', () => {
  const median = (times: number[]): string => times.sort((a, b) => a - b)[times.length >> 1]!.toFixed(2);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    await work();
    return performance.now() - from;
  };

  it('is printed for the primary and the replica', async () => {
    for (let each = 0; each < 40; each += 1)
      await accepted(homeward, Buffer.from(JSON.stringify(summaryOf(stay(7, each)))));
    const patient = (await pageOfReplica('/FHIR/R4/Patient?_count=1')).ids[0]!.split('/')[0]!;
    const { database, reading } = homeward.app;
    const found: Record<string, [primary: string, replica: string]> = {};
    for (const query of [`patient=${patient}&_count=200`, 'date=ge2020&_count=50', '_count=50']) {
      const search = (db: Queryable): Promise<SearchAnswer> =>
        reading.searchEngine.search(db, {
          type: 'Observation',
          params: [...new URLSearchParams(query), ['_total', 'none']],
          handling: 'strict',
          ...ALL,
        });
      const [here, there]: [number[], number[]] = [[], []];
      for (let each = 0; each < 60; each += 1) {
        here.push(await timed(() => search(database)));
        there.push(await timed(() => reading.replica!.read(search)));
      }
      found[query.replace(patient, '…')] = [median(here), median(there)];
    }
    const questions: number[] = [];
    for (let each = 0; each < 60; each += 1)
      questions.push(await timed(() => reading.replica!.read(async () => undefined)));
    console.log({ milliseconds: found, questions: median(questions), reads: await reads() });
  }, 600_000);
});

describe('a server that is no longer a standby', () => {
  it('answers nothing more once it was promoted, and is away once it was stopped', async () => {
    await until(isUsed);
    await pair.onStandby('SELECT pg_promote()');
    await until(async () => (await checkOfReplica()).output?.includes('is not a standby') === true);
    const { submissionId } = await accepted(homeward, freshSummary());
    const { json } = await homeward.call('GET', `/FHIR/R4/Bundle?_id=${submissionId}`);
    expect(json.total).toBe(1);
    await pair.killStandby();
    await until(async () => (await checkOfReplica()).output?.includes('Cannot use') === true);
    expect((await homeward.call('GET', `/FHIR/R4/Bundle?_id=${submissionId}`)).json.total).toBe(1);
  });
});
