/**
 * Derived columns are made anew while the server serves: by command, and at start where a definition has changed. What
 * is stored is found at every moment, the facts stay as they are, and the ledger verifies.
 */
import { Client } from 'pg';
import { backgroundReindex } from '../../src/app/background-reindex';
import { indexedResources } from '../../src/app/indexed-resources';
import { StartFailure } from '../../src/app/start-failure';
import { run } from '../../src/interfaces/cli/commands';
import { createLogger } from '../../src/platform/logger';
import { urlOf } from '../ledger/harness';
import { accepted, freshSummary, type AnyJson } from '../semantics/sending';
import { startHomeward, type Homeward } from '../support/homeward';

jest.setTimeout(60_000);

let homeward: Homeward;
let client: Client;
const PATIENT = 'urn:uuid:7c2a6f0e-3b54-4a0e-9d0f-2f8a1d6b7c11';
const device = {
  resourceType: 'Device',
  patient: { reference: PATIENT },
  deviceName: [{ name: 'Oximeter', type: 'user-friendly-name' }],
};
let deviceId: string;

beforeAll(async () => {
  homeward = await startHomeward();
  client = new Client(homeward.place.connection);
  await client.connect();
  const summary = freshSummary().with('Patient.name[0].family', 'Łukasz');
  await accepted(homeward, summary);
  await accepted(
    homeward,
    summary.correction(2).without('Observation[2]').with('Observation[0].status', 'amended'),
  );
  for (let more = 0; more < 5; more += 1) await accepted(homeward, freshSummary());
  const { json } = await accepted(
    homeward,
    {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: PATIENT,
          resource: {
            resourceType: 'Patient',
            identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
            name: [{ family: 'Larch' }],
            birthDate: '1961-04-02',
          },
          request: { method: 'POST', url: 'Patient' },
        },
        { resource: device, request: { method: 'POST', url: 'Device' } },
      ],
    },
    { path: '/FHIR/R4' },
  );
  deviceId = String(json.entry[1].response.location).split('/')[1]!;
});
afterAll(async () => {
  await client.end();
  await homeward.close();
});

const sql = async (text: string): Promise<AnyJson[]> => (await client.query(text)).rows as AnyJson[];
const get = async (path: string, on = homeward): Promise<AnyJson> => (await on.call('GET', path)).json;
const totalOf = async (path: string, on = homeward): Promise<number> =>
  (await get(`/FHIR/R4/${path}`, on)).total;

/** Every fact of every version. */
const facts = async (): Promise<AnyJson[]> =>
  sql(
    ['patient', 'observation', 'device', 'bundle']
      .flatMap((table) => [table, `${table}_history`])
      .map(
        (table) =>
          `SELECT id, version_id, last_updated, patient_id, submission_id, sender, content, xid::text FROM ${table}`,
      )
      .join(' UNION ALL ') + ' ORDER BY id, version_id',
  );

const verified = async (on = homeward): Promise<AnyJson> => get('/ledger/verify', on);

async function indexedAnew(on: Homeward): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const { checks } = await get('/_status', on);
    const [left] = await sql('SELECT count(*)::integer AS count FROM reindexing');
    if (checks['index:derived'] === undefined && left.count === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it does not end');
}

/** Runs a command beside the server, and gives what it printed and how it ended. */
async function command(
  args: string[],
  stop?: AbortSignal,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true)),
  ];
  try {
    const env = { DATABASE_URL: urlOf(homeward.place.connection), DATA_DIR: homeward.place.dataDir };
    return { code: await run(args, env, stop), out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('homeward reindex', () => {
  it('writes what somebody changed as the content gives it, and nothing else', async () => {
    const before = await facts();
    await sql(`UPDATE patient SET family_folded = ARRAY['nobody'], postcode = NULL`);
    await sql(`UPDATE observation_history SET status = NULL`);
    expect(await verified()).toMatchObject({ status: 'fail' });
    expect(await totalOf('Patient?family=lukasz')).toBe(0);
    const [{ patients, past }] = await sql(
      `SELECT (SELECT count(*) FROM patient)::integer AS patients, (SELECT count(*) FROM observation_history)::integer AS past`,
    );
    const { code, out } = await command(['reindex', 'Patient', 'Observation']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Patient: \\d+ versions checked, ${patients} written$`, 'm'));
    expect(out).toMatch(new RegExp(`^Observation: \\d+ versions checked, ${past - 1} written$`, 'm'));
    expect(await totalOf('Patient?family=lukasz')).toBe(1);
    expect(await verified()).toMatchObject({ status: 'pass', complete: true, faults: [] });
    expect(await facts()).toEqual(before);
  });

  it('writes nothing where all is right, and is in the audit trail both times', async () => {
    const { code, out } = await command(['reindex']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Observation: \d+ versions checked, 0 written$/m);
    expect(out).not.toMatch(/[1-9]\d* written/);
    const { entry } = await get('/FHIR/R4/AuditEvent?subtype=$reindex&_sort=date');
    expect(entry.map(({ resource }: AnyJson) => resource.outcomeDesc)).toEqual([
      'begun: Patient, Observation',
      expect.stringMatching(/^done: Patient, Observation, \d+ rows written$/),
      'begun: all types',
      'done: all types, 0 rows written',
    ]);
  });

  it('moves rows that are in another table than their type’s', async () => {
    await allSealed();
    await asIfOther('Device', 'device');
    expect((await homeward.call('GET', `/FHIR/R4/Device/${deviceId}`)).status).toBe(404);
    expect((await command(['reindex', 'Device'])).code).toBe(0);
    expect((await homeward.call('GET', `/FHIR/R4/Device/${deviceId}`)).status).toBe(200);
    expect(await totalOf('Device?device-name=oxi')).toBe(1);
    expect(await verified()).toMatchObject({ status: 'pass', faults: [] });
  });

  it('leaves a row that a submission holds, and comes back to it', async () => {
    await sql(`UPDATE encounter SET status = NULL`);
    const holder = new Client(homeward.place.connection);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM encounter ORDER BY id LIMIT 1 FOR UPDATE');
    const running = command(['reindex', 'Encounter']);
    const left = async (): Promise<number> =>
      (await sql('SELECT count(*)::integer AS count FROM encounter WHERE status IS NULL'))[0].count;
    while ((await left()) > 1) await new Promise((resolve) => setTimeout(resolve, 20));
    // It has come to the row by now or does so soon, and may not take it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const waiting = await left();
    await holder.query('COMMIT');
    await holder.end();
    expect((await running).code).toBe(0);
    expect(waiting).toBe(1);
    expect(await sql('SELECT id FROM encounter WHERE status IS NULL')).toEqual([]);
  });

  it('runs once at a time: another one ends with 69 where it shall not wait', async () => {
    const holder = new Client(homeward.place.connection);
    await holder.connect();
    await holder.query(`SELECT pg_advisory_lock(hashtext('homeward.reindex'))`);
    expect(await command(['reindex', '--no-wait'])).toMatchObject({
      code: 69,
      err: expect.stringContaining('Another re-index is running.'),
    });
    await holder.end();
  });

  it('goes on where it was when it was interrupted', async () => {
    const table = indexedResources().tableOf.get('Observation')!;
    const [middle] = await sql('SELECT id FROM observation ORDER BY id OFFSET 20 LIMIT 1');
    const wanted = { Observation: indexedResources().fingerprints.Observation };
    await sql(
      `INSERT INTO reindexing (table_name, wanted, after_id, done, total)
        VALUES ('${table.name}', '${JSON.stringify(wanted)}', '${middle.id}', 21, 100)`,
    );
    await sql(`UPDATE observation SET status = NULL`);
    const { out } = await command(['reindex', 'Observation']);
    expect(out).toMatch(/^Observation: \d+ versions checked, [1-9]\d* written$/m);
    const [left] = await sql(
      `SELECT count(*)::integer AS count, count(*) FILTER (WHERE id <= '${middle.id}')::integer AS early
        FROM observation WHERE status IS NULL`,
    );
    expect([left.count, left.early]).toEqual([21, 21]);
    expect(await verified()).toMatchObject({ status: 'fail' });
    await command(['reindex', 'Observation']);
    expect(await verified()).toMatchObject({ status: 'pass', faults: [] });
  });

  it('goes on at another node when the node that does it dies', async () => {
    const table = indexedResources().tableOf.get('Observation')!;
    const wanted = JSON.stringify({ Observation: indexedResources().fingerprints.Observation });
    await sql(`UPDATE observation SET status = NULL`);
    await sql(
      `INSERT INTO reindexing (table_name, wanted, done, total) VALUES ('${table.name}', '${wanted}', 0, 100)`,
    );
    const dying = new Client(homeward.place.connection);
    dying.on('error', () => undefined);
    await dying.connect();
    const { rows } = await dying.query(
      `SELECT pg_backend_pid() AS pid, pg_advisory_lock(hashtext('homeward.reindex'))`,
    );
    const left = async (): Promise<number> =>
      (await sql('SELECT count(*)::integer AS count FROM observation WHERE status IS NULL'))[0].count;
    const before = await left();
    let looks = 0;
    const { database } = homeward.app;
    const watched = { ...database, session: (work: never) => ((looks += 1), database.session(work)) };
    const log = createLogger('silent');
    const other = backgroundReindex(watched as never, indexedResources(), log, 50);
    try {
      other.start();
      while (looks < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await left()).toBe(before);
      await sql(`SELECT pg_terminate_backend(${rows[0].pid})`);
      while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await other.stop();
      await dying.end();
    }
    expect(await verified()).toMatchObject({ status: 'pass', faults: [] });
  });

  it('leaves nothing out of sight for anybody who reads and writes meanwhile', async () => {
    const known = await totalOf('Observation?_count=1&_total=accurate');
    let [isDone, least, sent] = [false, Infinity, 0];
    const reading = (async () => {
      while (!isDone) least = Math.min(least, await totalOf('Observation?_count=1&_total=accurate'));
    })();
    const writing = (async () => {
      while (!isDone || sent < 3) {
        const summary = freshSummary();
        await accepted(homeward, summary);
        await accepted(homeward, summary.correction(2).with('Observation[0].status', 'amended'));
        sent += 1;
      }
    })();
    for (let round = 0; round < 3; round += 1) {
      await sql(`UPDATE observation SET status = 'unknown', code_text = NULL`);
      expect((await command(['reindex'])).code).toBe(0);
    }
    isDone = true;
    await Promise.all([reading, writing]);
    await command(['reindex']);
    expect(least).toBeGreaterThanOrEqual(known);
    expect(await verified()).toMatchObject({ status: 'pass', faults: [] });
  });

  it.each([
    [['reindex', 'Patiant'], 'This server does not store the resource type Patiant. Did you mean Patient?'],
    [['reindex', 'AuditEvent'], 'the columns of the audit trail are sealed'],
  ])('refuses %j', async (args, sentence) => {
    expect(await command(args)).toMatchObject({ code: 64, err: expect.stringContaining(sentence) });
  });
});

/** Waits until what was written is sealed: until then, a node compares it with the rows where it wrote them. */
async function allSealed(): Promise<void> {
  const [{ now }] = await sql('SELECT pg_current_xact_id()::text AS now');
  for (let tries = 0; tries < 1_200; tries += 1) {
    const [last] = await sql('SELECT head FROM ledger_seal ORDER BY seal DESC LIMIT 1');
    if (last && BigInt(JSON.parse(last.head).upto) >= BigInt(now)) return;
    await sql(
      "INSERT INTO lease VALUES ('test', gen_random_uuid(), now()) ON CONFLICT (name) DO UPDATE SET held_until = now()",
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** As if the type had no table of its own yet: its rows are where such types are, with the columns of those. */
async function asIfOther(type: string, table: string): Promise<void> {
  const columns = 'id, version_id, last_updated, patient_id, submission_id, sender, content, xid';
  for (const [suffix, ended] of [
    ['', ''],
    ['_history', ', superseded_xid, superseded_at, deleted'],
  ] as const)
    await sql(
      `WITH gone AS (DELETE FROM ${table}${suffix} RETURNING ${columns}${ended})
        INSERT INTO other_resource${suffix} (${columns}${ended}, resource_type) SELECT *, '${type}' FROM gone`,
    );
}

/** As another version of the code would have left it: of that, the columns are `made`. */
async function asLeftBy(made: string[], types: string[]): Promise<void> {
  for (const each of made) await sql(each);
  await sql(`UPDATE indexed_type SET fingerprint = 'older' WHERE type IN ('${types.join("', '")}')`);
}

describe('a server that finds that definitions have changed', () => {
  it('serves, says what it indexes anew, and finds everything then', async () => {
    await homeward.stop();
    await asLeftBy(
      [
        `UPDATE patient SET family_folded = ARRAY['LUKASZ']`,
        `UPDATE bundle SET type = NULL`,
        `UPDATE observation_history SET code = '{}'`,
      ],
      ['Patient', 'Bundle', 'Observation', 'Condition'],
    );
    const before = await facts();
    const again = await startHomeward({}, undefined, undefined, { on: homeward.place });
    const { status, checks } = await get('/_status', again);
    expect(status).toBe('pass');
    const first = checks['index:derived'];
    if (first !== undefined) expect(first[0].output).toMatch(/^being re-indexed: \d+ of \d+ versions/);
    await indexedAnew(again);
    expect(await totalOf('Patient?family=lukasz', again)).toBe(1);
    expect(await totalOf('Bundle?type=collection&_count=1', again)).toBeGreaterThan(5);
    expect(await verified(again)).toMatchObject({ status: 'pass', complete: true, faults: [] });
    expect(await facts()).toEqual(before);
    await again.stop();
  });

  it('moves a type into its own table before it serves: nothing is missing from the first request on', async () => {
    await asIfOther('Device', 'device');
    await sql(
      `UPDATE indexed_type SET table_name = 'other_resource', fingerprint = 'older' WHERE type = 'Device'`,
    );
    const again = await startHomeward({}, undefined, undefined, { on: homeward.place });
    expect((await again.call('GET', `/FHIR/R4/Device/${deviceId}`)).status).toBe(200);
    expect(await totalOf('Device?device-name=oxi', again)).toBe(1);
    const { patient } = await get(`/FHIR/R4/Device/${deviceId}`, again);
    const everything = await get(`/FHIR/R4/${patient.reference}/$everything?_type=Device`, again);
    expect(everything.entry.map(({ resource }: AnyJson) => resource.id)).toContain(deviceId);
    expect(await verified(again)).toMatchObject({ status: 'pass', faults: [] });
    await indexedAnew(again);
    await again.stop();
  });

  const refusal = async (): Promise<readonly string[]> => {
    const started = startHomeward({}, undefined, undefined, { on: homeward.place });
    const failure: unknown = await started.then(
      async ({ app }) => app.stop(),
      (error: unknown) => error,
    );
    return failure instanceof StartFailure ? failure.faults : [`no refusal: ${String(failure)}`];
  };

  it('refuses to start where rows have a type without a definition', async () => {
    await sql(`UPDATE other_resource SET resource_type = 'Unheard' WHERE false`);
    await asIfOther('Unheard', 'device');
    expect(await refusal()).toEqual([
      'The table other_resource has rows of Unheard, which has no definition. Start a version of Homeward that defines Unheard.',
    ]);
    await sql(`UPDATE other_resource SET resource_type = 'Device' WHERE resource_type = 'Unheard'`);
  });

  it('refuses to start where a table is missing', async () => {
    await sql('ALTER TABLE device RENAME TO elsewhere');
    expect(await refusal()).toEqual([
      'The definitions need the table device, which the database does not have. Write a migration for it: npm run migration NAME',
    ]);
    await sql('ALTER TABLE elsewhere RENAME TO device');
  });
});
