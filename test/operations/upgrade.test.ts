/**
 * A database that another version has left is opened by this one, or by a next one whose definitions have changed: what
 * is stored is found by everything that finds it, and the ledger verifies. A merged commit before this one makes such a
 * database, where the history is there: `UPGRADE_FROM=<commit>` names another.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { createApp } from '../../src/app';
import type { ResourceDefinition } from '../../src/definitions/resource-definition';
import { searchParametersOf } from '../../src/definitions/search-parameter';
import { openSandbox } from '../../src/engines/access/sandbox';
import { changesFor } from '../../src/interfaces/cli/migration-file';
import { otherResources } from '../../src/resources/other';
import { storedResources } from '../../src/resources';
import { freePort } from '../faults/server-process';
import { urlOf } from '../ledger/harness';
import { accepted, freshSummary, type AnyJson } from '../semantics/sending';
import { createTestDatabase } from '../support/database';
import { commitBefore, unpackVersion } from '../support/earlier-version';
import { startHomeward, type Homeward, type Place } from '../support/homeward';

jest.setTimeout(120_000);

const get = async (on: Homeward, path: string): Promise<AnyJson> => (await on.call('GET', path)).json;
const found = async (on: Homeward, path: string): Promise<string[]> =>
  ((await get(on, `/FHIR/R4/${path}`)).entry ?? []).map(({ resource }: AnyJson) => resource.id);

/** Nothing is left to do in the background, and everything is sealed. */
async function settled(on: Homeward): Promise<void> {
  const { database } = on.app;
  for (let tries = 0; tries < 1_000; tries += 1) {
    const [row] = await database.query<{ waits: boolean }>({
      text: `SELECT EXISTS (SELECT 1 FROM reindexing) OR EXISTS (SELECT 1 FROM submission
        WHERE xid >= coalesce((SELECT max(upto) FROM ledger_seal), '0')) AS waits`,
    });
    if (!row!.waits) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it does not end');
}

/** As a next version has it: a type with a table of its own, with a parameter more and a column of another kind. */
const { token } = searchParametersOf('ServiceRequest');
const before = otherResources.find(({ type }) => type === 'ServiceRequest')!;
const serviceRequest: ResourceDefinition = {
  ...before,
  table: { name: 'service_request', patient: ['subject'], columns: [] },
  searchParameters: [
    ...before.searchParameters.filter(({ code }) => code !== 'status'),
    token('status', 'ServiceRequest.status', 'Whether it is active', { stored: 'plain' }),
    token('intent', 'ServiceRequest.intent', 'What it is meant as', { stored: 'plain' }),
  ],
};

/** The app of a next version: ServiceRequest has its table, and names are folded in another way. */
function nextVersion(): typeof createApp {
  let create: typeof createApp | undefined;
  jest.isolateModules(() => {
    const replaced = (list: readonly ResourceDefinition[]): ResourceDefinition[] =>
      list.map((each) => (each.type === 'ServiceRequest' ? serviceRequest : each));
    jest.doMock('../../src/resources', () => {
      const now = jest.requireActual<typeof import('../../src/resources')>('../../src/resources');
      return {
        ...now,
        resources: [...now.resources, serviceRequest],
        storedResources: replaced(now.storedResources),
      };
    });
    jest.doMock('../../src/engines/indexing/fold', () => {
      const { fold } = jest.requireActual<typeof import('../../src/engines/indexing/fold')>(
        '../../src/engines/indexing/fold',
      );
      return { fold: (text: string) => fold(text).replaceAll('ph', 'f') };
    });
    jest.doMock('../../src/app/code-version', () => ({ codeVersionOf: (type: string) => `next ${type}` }));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the modules are made anew, by these
    create = (require('../../src/app') as typeof import('../../src/app')).createApp;
  });
  for (const each of ['resources', 'engines/indexing/fold', 'app/code-version'])
    jest.dontMock(`../../src/${each}`);
  return create!;
}

/** What `npm run migration` would write for the type. */
async function migrate(client: Client): Promise<void> {
  const db = {
    query: async <R>({ text }: { text: string }, values?: readonly unknown[]) =>
      (await client.query(text, values && [...values])).rows as R[],
  };
  const declared = storedResources.map((each) => (each.type === 'ServiceRequest' ? serviceRequest : each));
  await client.query('BEGIN');
  const changes = await changesFor(db as never, declared, ['service_request']);
  await client.query('ROLLBACK');
  for (const { sql } of changes) await client.query(sql);
}

describe('the next version, on what this one has left', () => {
  let homeward: Homeward;
  let next: Homeward;
  let ids: { patient: string; request: string; gone: string };

  beforeAll(async () => {
    homeward = await startHomeward();
    const request = (patientInstruction: string): AnyJson => ({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'plan',
      patientInstruction,
      subject: { reference: 'urn:uuid:7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11' },
    });
    const { json } = await accepted(
      homeward,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            fullUrl: 'urn:uuid:7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11',
            resource: {
              resourceType: 'Patient',
              identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
              name: [{ family: 'Stephens' }],
              birthDate: '1961-04-02',
            },
            request: { method: 'POST', url: 'Patient' },
          },
          { resource: request('First'), request: { method: 'POST', url: 'ServiceRequest' } },
          { resource: request('Second'), request: { method: 'POST', url: 'ServiceRequest' } },
        ],
      },
      { path: '/FHIR/R4' },
    );
    const [patient, first, gone] = json.entry.map(
      ({ response }: AnyJson) => String(response.location).split('/')[1]!,
    );
    ids = { patient, request: first, gone };
    const changed = { ...request('Changed'), id: first, subject: { reference: `Patient/${patient}` } };
    await accepted(
      homeward,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: changed, request: { method: 'PUT', url: `ServiceRequest/${first}` } }],
      },
      { path: '/FHIR/R4' },
    );
    await settled(homeward);
    await homeward.stop();
    const client = new Client(homeward.place.connection);
    await client.connect();
    await migrate(client);
    await client.end();
    next = await startHomeward({}, undefined, undefined, { on: homeward.place, create: nextVersion() });
  });
  afterAll(async () => {
    await next.close();
    await homeward.close();
  });

  it('finds a type that has its own table now from the first request on: by id, version, history, search, $everything', async () => {
    expect(await get(next, `/FHIR/R4/ServiceRequest/${ids.request}`)).toMatchObject({
      patientInstruction: 'Changed',
      meta: { versionId: '2' },
    });
    expect(await get(next, `/FHIR/R4/ServiceRequest/${ids.request}/_history/1`)).toMatchObject({
      patientInstruction: 'First',
    });
    expect((await get(next, `/FHIR/R4/ServiceRequest/${ids.request}/_history`)).entry.length).toBe(2);
    expect((await found(next, 'ServiceRequest?intent=plan&status=active')).sort()).toEqual(
      [ids.request, ids.gone].sort(),
    );
    expect((await found(next, `ServiceRequest?patient=${ids.patient}`)).sort()).toEqual(
      [ids.request, ids.gone].sort(),
    );
    expect(await found(next, `Patient/${ids.patient}/$everything`)).toEqual(
      expect.arrayContaining([ids.request, ids.gone]),
    );
  });

  it('finds a patient by the name as it is folded now', async () => {
    await settled(next);
    expect(await found(next, 'Patient?family=Stefens')).toEqual([ids.patient]);
    expect(await found(next, 'Patient?family=Stephens')).toEqual([ids.patient]);
  });

  it('takes changes of what it has moved', async () => {
    const changed = await get(next, `/FHIR/R4/ServiceRequest/${ids.request}`);
    await accepted(
      next,
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            resource: { ...changed, patientInstruction: 'Third' },
            request: { method: 'PUT', url: `ServiceRequest/${ids.request}` },
          },
        ],
      },
      { path: '/FHIR/R4' },
    );
    expect((await get(next, `/FHIR/R4/ServiceRequest/${ids.request}/_history`)).entry.length).toBe(3);
  });

  it('has a ledger that verifies', async () => {
    await settled(next);
    expect(await get(next, '/ledger/verify')).toMatchObject({ status: 'pass', complete: true, faults: [] });
  });
});

/** Starts that commit's server on a place of its own, has it take these bodies in, and stops it. */
async function leftBy(commit: string, place: Place, bodies: readonly Buffer[]): Promise<void> {
  const version = unpackVersion(commit);
  const port = await freePort();
  const server = spawn(
    process.execPath,
    ['-r', './test/support/register-typescript.js', 'src/main.ts', 'serve'],
    {
      cwd: version.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        DATA_DIR: place.dataDir,
        DATABASE_URL: urlOf(place.connection),
        LOG_LEVEL: 'error',
      },
    },
  );
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(server, 'close');
  try {
    const fhir = `http://127.0.0.1:${port}/FHIR/R4`;
    while (
      !(await fetch(`${fhir}/metadata`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (server.exitCode !== null) throw new Error(`the server of ${commit} ended: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const sandbox = await openSandbox(place.dataDir);
    const token = sandbox.token({ scope: 'system/Bundle.c', ods: 'RR8', ttlSeconds: 600, sub: 'test' });
    for (const body of bodies) {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
      const { status } = await fetch(`${fhir}/Bundle`, { method: 'POST', headers, body });
      if (status !== 201) throw new Error(`answered ${status}`);
    }
    // Sealing takes a second.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  } catch (error) {
    throw new Error(`the server of ${commit} failed: ${output}`, { cause: error });
  } finally {
    server.kill('SIGTERM');
    await ended;
    version.remove();
  }
}

const commit = commitBefore();
if (commit !== undefined)
  describe('this version, on what the merged commit before has left', () => {
    it('finds everything, and has a ledger that verifies', async () => {
      const database = await createTestDatabase({ empty: true });
      const dataDir = mkdtempSync(join(tmpdir(), 'homeward-upgrade-'));
      const place = { connection: database.connection, dataDir };
      const summary = freshSummary().with('Patient.name[0].family', 'Łukasz');
      const correction = summary
        .correction(2)
        .without('Observation[2]')
        .with('Observation[0].status', 'amended');
      await leftBy(commit, place, [summary.bytes(), correction.bytes(), freshSummary().bytes()]);
      const homeward = await startHomeward({}, undefined, undefined, { on: place });
      try {
        expect((await found(homeward, 'Patient?family=lukasz')).length).toBe(1);
        await settled(homeward);
        expect((await found(homeward, 'Encounter')).length).toBe(2);
        const [amended] = await found(homeward, 'Observation?status=amended');
        expect((await get(homeward, `/FHIR/R4/Observation/${amended}/_history`)).entry.length).toBe(2);
        expect((await get(homeward, '/submissions')).submissions.length).toBe(3);
        expect(await get(homeward, '/ledger/verify')).toMatchObject({
          status: 'pass',
          complete: true,
          faults: [],
        });
      } finally {
        await homeward.stop();
        await database.drop();
        rmSync(dataDir, { recursive: true, force: true });
      }
    });
  });
