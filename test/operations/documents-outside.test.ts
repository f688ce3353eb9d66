/**
 * Documents in a folder or an object store (DOCUMENT_STORE). `npm run test:s3` tries the same with an S3-compatible
 * server, which it installs. @see docs/documents.md
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDocuments } from '../../src/engines/store/documents';
import { moveDocuments } from '../../src/engines/store/move-documents';
import { sweepDocuments } from '../../src/engines/store/sweep-documents';
import type { ObjectStore } from '../../src/platform/object-stores/object-store';
import { openObjectStore } from '../../src/platform/object-stores/open-object-store';
import { serverProcess } from '../faults/server-process';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aSummary } from '../fixtures/summary';
import { freshSummary } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';
import { startS3Server, type S3Server } from '../support/s3-server';
import { untilSealed } from '../support/until-sealed';

const folder = mkdtempSync(join(tmpdir(), 'homeward-documents-'));
let s3: S3Server | undefined;

const kinds = process.env.S3 ? (['a folder', 'an object store'] as const) : (['a folder'] as const);
beforeAll(async () => {
  if (process.env.S3) s3 = await startS3Server(join(folder, 's3'));
}, 120_000);
afterAll(async () => {
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let places = 0;
const newPlace = (kind: (typeof kinds)[number]): string =>
  kind === 'a folder'
    ? join(folder, `documents-${(places += 1)}`)
    : `s3://${s3!.bucket}/documents-${(places += 1)}`;
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const keyOf = (bytes: Buffer): string => sha256(bytes).toString('hex');
const isWhole = (digest: Buffer, bytes: Buffer): boolean => sha256(bytes).equals(digest);

async function submit(homeward: Homeward, pdf: Buffer): Promise<string> {
  const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: freshSummary().pdf(pdf).bytes() });
  expect(sent.status).toBe(201);
  return sent.headers.get('x-submission-id')!;
}

/** The bytes of a submission's document, as `Binary/<id>` answers them. */
async function read(homeward: Homeward, id: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const [row] = await homeward.app.database.query<{ id: string }>(
    { text: 'SELECT id FROM "binary" WHERE submission_id = $1' },
    [id],
  );
  const answer = await homeward.call('GET', `/FHIR/R4/Binary/${row!.id}`, { headers });
  expect(answer.status).toBeLessThan(300);
  return answer.bytes;
}

const inDatabase = async ({ app }: Homeward): Promise<number> => {
  const [row] = await app.database.query<{ there: number }>({
    text: 'SELECT count(bytes)::integer AS there FROM document_bytes',
  });
  return row!.there;
};

async function faultsOf(homeward: Homeward): Promise<string[]> {
  await untilSealed(homeward.app.database);
  const { json } = await homeward.call('GET', '/ledger/verify');
  return (json.faults as { text: string }[]).map(({ text }) => text);
}

const keysOf = async (store: ObjectStore): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys.sort();
};

describe.each(kinds)('documents in %s', (kind) => {
  let homeward: Homeward;
  let store: ObjectStore;
  const pdf = minimalPdf('outside');
  let id: string;
  beforeAll(async () => {
    const place = newPlace(kind);
    store = openObjectStore(place);
    homeward = await startHomeward({ DOCUMENT_STORE: place });
    id = await submit(homeward, pdf);
  });
  afterAll(() => homeward.close());

  it('are there and not in the database, once each', async () => {
    await submit(homeward, pdf);
    expect(await keysOf(store)).toEqual([keyOf(pdf)]);
    expect(await store.read(keyOf(pdf))).toEqual(pdf);
    expect(await inDatabase(homeward)).toBe(0);
  });

  it('are answered whole and in part, and the submission as it was received', async () => {
    expect(await read(homeward, id)).toEqual(pdf);
    expect(await read(homeward, id, { Range: 'bytes=10-19' })).toEqual(pdf.subarray(10, 20));
    const raw = await homeward.call('GET', `/submissions/${id}/raw`);
    expect(raw.bytes.toString('utf8')).toContain(pdf.toString('base64').slice(0, 200));
  });

  it('pass verification, which finds one that was changed or is missing', async () => {
    expect(await faultsOf(homeward)).toEqual([]);
    await store.put(keyOf(pdf), Buffer.concat([pdf.subarray(0, -1), Buffer.from('!')]));
    expect(await faultsOf(homeward)).toEqual([
      `The document ${keyOf(pdf)} was changed in the document store.`,
    ]);
    await store.remove(keyOf(pdf));
    expect(await faultsOf(homeward)).toEqual([
      `The document ${keyOf(pdf)} is missing in the document store.`,
    ]);
    await store.put(keyOf(pdf), pdf);
    expect(await faultsOf(homeward)).toEqual([]);
  });

  it('are left over by a commit that failed, sent again, and removed after a day if nothing needs them', async () => {
    const { database } = homeward.app;
    const another = minimalPdf('left over');
    const body = freshSummary().pdf(another).bytes();
    await database.query({
      text: `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`,
    });
    await database.query({
      text: 'CREATE TRIGGER fail BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION fail()',
    });
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBeGreaterThanOrEqual(500);
    await database.query({ text: 'DROP FUNCTION fail() CASCADE' });
    expect(await keysOf(store)).toEqual([keyOf(pdf), keyOf(another)].sort());

    const { signal } = new AbortController();
    const in25Hours = (): Date => new Date(Date.now() + 25 * 3_600_000);
    expect(await sweepDocuments(database, store, { now: () => new Date(), signal })).toBe(0);
    expect(await sweepDocuments(database, store, { now: in25Hours, signal })).toBe(1);
    expect(await keysOf(store)).toEqual([keyOf(pdf)]);
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
    expect(await keysOf(store)).toEqual([keyOf(pdf), keyOf(another)].sort());
  });

  it('are not lost when they are sent again while the sweep is about to remove them', async () => {
    const again = minimalPdf('sent again');
    await store.put(keyOf(again), again);
    const { removed, meanwhile } = await sweptWhile(homeward, store, () => submit(homeward, again));
    expect(removed).toBe(1);
    expect(await read(homeward, meanwhile)).toEqual(again);
    expect(await faultsOf(homeward)).toEqual([]);
  });

  it('stay where they are when the sweep has lost its lock', async () => {
    const { database } = homeward.app;
    const old = minimalPdf('old');
    await store.put(keyOf(old), old);
    const watched: ObjectStore = {
      ...store,
      putAt: async (key) => {
        await database.query({
          text: `SELECT pg_terminate_backend(pid) FROM pg_locks
            WHERE relation = 'document_bytes'::regclass AND mode = 'ShareRowExclusiveLock'`,
        });
        return store.putAt(key);
      },
    };
    const in25Hours = (): Date => new Date(Date.now() + 25 * 3_600_000);
    const { signal } = new AbortController();
    await expect(sweepDocuments(database, watched, { now: in25Hours, signal })).rejects.toThrow();
    expect(await store.read(keyOf(old))).toEqual(old);
  });
});

/** Sweeps, and begins other work after the sweep has looked how old an object is, and before it removes it. */
async function sweptWhile<T>(
  { app: { database } }: Homeward,
  store: ObjectStore,
  work: () => Promise<T>,
): Promise<{ removed: number; meanwhile: T }> {
  const waiting = `SELECT 1 FROM pg_locks WHERE relation = 'document_bytes'::regclass AND NOT granted`;
  let working: Promise<T> | undefined;
  const watched: ObjectStore = {
    ...store,
    putAt: async (key) => {
      const putAt = await store.putAt(key);
      working ??= work();
      while ((await database.query({ text: waiting })).length === 0) await sleep(10);
      return putAt;
    },
  };
  const in25Hours = (): Date => new Date(Date.now() + 25 * 3_600_000);
  const { signal } = new AbortController();
  const removed = await sweepDocuments(database, watched, { now: in25Hours, signal });
  return { removed, meanwhile: await working! };
}

describe.each(kinds)('moving documents to %s', (kind) => {
  it('loses none that the sweep is about to remove from there', async () => {
    const place = newPlace(kind);
    const store = openObjectStore(place);
    const homeward = await startHomeward({ DOCUMENT_STORE: `database,${place}` });
    const pdf = minimalPdf('was there before');
    const id = await submit(homeward, pdf);
    await store.put(keyOf(pdf), pdf);
    const { database } = homeward.app;
    const outside = openDocuments([store], 'outside');
    const move = () =>
      moveDocuments(database, outside, { isWhole, onProgress: () => undefined, stop: undefined });
    const { removed, meanwhile } = await sweptWhile(homeward, store, move);
    expect([removed, meanwhile]).toEqual([1, { looked: 1, moved: 1, faulty: [] }]);
    expect(await read(homeward, id)).toEqual(pdf);
    await homeward.close();
  });

  it('and back loses none, and they are read meanwhile', async () => {
    const place = newPlace(kind);
    const store = openObjectStore(place);
    const first = await startHomeward();
    const pdfs = Array.from({ length: 30 }, (_, n) => minimalPdf(`to move ${n}`));
    const ids: string[] = [];
    for (const pdf of pdfs) ids.push(await submit(first, pdf));
    await first.stop();

    const second = await startHomeward({ DOCUMENT_STORE: `${place},database` }, undefined, undefined, {
      on: first.place,
    });
    const { database } = second.app;
    const move = (to: 'database' | 'outside'): ReturnType<typeof moveDocuments> =>
      moveDocuments(database, openDocuments([store], to), {
        ...{ isWhole, onProgress: () => undefined, stop: undefined },
      });
    const all = async (): Promise<boolean[]> =>
      Promise.all(ids.map(async (id, at) => (await read(second, id)).equals(pdfs[at]!)));
    const [out] = await Promise.all([move('outside'), all()]);
    expect(out).toEqual({ looked: 30, moved: 30, faulty: [] });
    expect([await inDatabase(second), (await keysOf(store)).length]).toEqual([0, 30]);
    expect(new Set(await all())).toEqual(new Set([true]));
    expect(await move('outside')).toEqual({ looked: 30, moved: 0, faulty: [] });

    const [back] = await Promise.all([move('database'), all()]);
    expect(back).toEqual({ looked: 30, moved: 30, faulty: [] });
    expect(await inDatabase(second)).toBe(30);
    expect(new Set(await all())).toEqual(new Set([true]));
    await second.close();
    await first.close();
  });
});

describe('a server', () => {
  it('does not start when documents are outside and no place is named', async () => {
    const first = await startHomeward({ DOCUMENT_STORE: newPlace('a folder') });
    await submit(first, minimalPdf('outside'));
    await first.stop();
    await expect(startHomeward({}, undefined, undefined, { on: first.place })).rejects.toThrow(
      /DOCUMENT_STORE must name/,
    );
    await first.close();
  });

  it('answers 503 while the store is away, and stores afterwards', async () => {
    const place = newPlace('a folder');
    // A file where the folder should be.
    writeFileSync(place, '');
    const homeward = await startHomeward({ DOCUMENT_STORE: place });
    const body = aSummary().bytes();
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(503);
    rmSync(place);
    expect((await homeward.call('POST', '/FHIR/R4/Bundle', { body })).status).toBe(201);
    await homeward.close();
  });

  it('that is killed between put and commit has an object too many, and no document too few', async () => {
    const place = newPlace('a folder');
    const store = openObjectStore(place);
    const server = await serverProcess({ DOCUMENT_STORE: place });
    await server.start();
    const token = server.sandbox.token({
      ...{ scope: 'system/Bundle.c system/*.rs system/AuditEvent.crs', ods: 'RR8', ttlSeconds: 600 },
    });
    const headers = { authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
    const send = (): Promise<Response> =>
      fetch(`${server.url}/FHIR/R4/Bundle`, { method: 'POST', headers, body: aSummary().bytes() });
    const { Client } = await import('pg');
    const client = new Client(server.connection());
    client.on('error', () => undefined);
    await client.connect();
    // The commit waits for a lock of the test's.
    await client.query(
      `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_advisory_lock(1); RETURN NEW; END $$;
       CREATE TRIGGER wait BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION wait();
       SELECT pg_advisory_lock(1)`,
    );
    const answer = send().catch(() => undefined);
    const others = 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()';
    const waiting = async (): Promise<number | undefined> =>
      (await client.query<{ pid: number }>(`${others} AND wait_event = 'advisory'`)).rows[0]?.pid;
    while ((await waiting()) === undefined) await sleep(20);
    const pid = await waiting();
    expect(await keysOf(store)).toHaveLength(1);
    await server.end('SIGKILL');
    expect(await answer).toBeUndefined();
    await client.query('SELECT pg_advisory_unlock(1)');
    while ((await client.query(`${others} AND pid = ${pid}`)).rows.length > 0) await sleep(20);
    await client.query('DROP FUNCTION wait() CASCADE').catch(() => undefined);
    await client.end();
    await server.start();
    const look = new Client(server.connection());
    await look.connect();
    await look.query('DROP FUNCTION IF EXISTS wait() CASCADE');
    const { rows } = await look.query('SELECT 1 FROM document_bytes');
    expect(rows).toEqual([]);
    await look.end();
    expect((await send()).status).toBe(201);
    const verified = await fetch(`${server.url}/ledger/verify`, { headers });
    expect(await verified.json()).toMatchObject({ faults: [] });
    await server.remove();
  });
});
