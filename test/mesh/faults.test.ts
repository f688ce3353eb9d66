/** What is in a mailbox while the database fails: nothing is acknowledged that is not stored, and nothing is lost. */
import { Client } from 'pg';
import { freshSummary } from '../semantics/sending';
import { administer } from '../support/database';
import { startHomeward, type Homeward } from '../support/homeward';
import { readTestServer } from '../support/test-server';
import { startFakeMesh, type FakeMesh, type FakeRequest } from './fake-mesh';
import { meshFile, until, type MeshFile } from './sender';

const long = process.env.MESH === 'long';
jest.setTimeout(long ? 240_000 : 120_000);

describe('a mailbox of MESH', () => {
  let fake: FakeMesh;
  let file: MeshFile;
  let homeward: Homeward;
  beforeEach(async () => {
    fake = await startFakeMesh();
    file = meshFile(fake.url);
    homeward = await startHomeward({ MESH_FILE: file.path });
  });
  afterEach(async () => {
    await homeward.close();
    await fake.close();
    file.remove();
  });

  const put = (): string => fake.put({ chunks: [freshSummary().bytes()] });
  const reportsOn = (id: string): FakeRequest[] =>
    fake.posted.filter(({ headers }) => headers['mex-filename'] === `${id}.json`);
  const reportOn = (id: string): Promise<FakeRequest> =>
    until(`the report on ${id}`, async () => reportsOn(id)[0]);
  const run = async (sql: string): Promise<unknown[]> => {
    const client = new Client(homeward.place.connection);
    await client.connect();
    try {
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end();
    }
  };
  /** Each insert of this submission fails with this SQLSTATE. */
  const failWith = (sqlState: string, condition = 'true'): Promise<unknown> =>
    run(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF ${condition} THEN RAISE EXCEPTION 'a failure of the test' USING ERRCODE = '${sqlState}'; END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION fail()`);

  it('keeps its messages while the database is away', async () => {
    await reportOn(put());
    const { admin } = readTestServer();
    const database = String(homeward.place.connection.database);
    await administer(admin, `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await administer(
      admin,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
    const ids = [put(), put()];
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(fake.acknowledged).not.toEqual(expect.arrayContaining([ids[0]]));
    await administer(admin, `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    for (const id of ids) expect((await reportOn(id)).headers['mex-subject']).toBe('accepted');
    for (const id of ids)
      await until(`the acknowledgement of ${id}`, async () => fake.acknowledged.includes(id));
    expect(await run(`SELECT count(*)::integer AS count FROM submission`)).toEqual([{ count: 3 }]);
  });

  it('keeps its messages while the disk of the database is full', async () => {
    await reportOn(put());
    await failWith('53100');
    const id = put();
    await until('the warning', async () => {
      const { json } = await homeward.call('GET', '/_status');
      return json.checks['mesh:X26ABC1'][0].status === 'warn';
    });
    expect(fake.acknowledged).not.toContain(id);
    await run('DROP TRIGGER fail ON submission');
    expect((await reportOn(id)).headers['mex-subject']).toBe('accepted');
    expect(reportsOn(id)).toHaveLength(1);
  });

  // The pauses between five attempts take a minute.
  (long ? it : it.skip)('refuses a message that alone fails again and again (in the long form)', async () => {
    const bytes = freshSummary().bytes();
    await failWith('XX000', `NEW.status = 'accepted' AND NEW.request_id = 'BAD'`);
    const bad = fake.put({ chunks: [bytes] });
    await run(
      `CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.status = 'accepted' AND NEW.request_id = '${bad}' THEN RAISE EXCEPTION 'a failure of the test'; END IF;
          RETURN NEW; END $$`,
    );
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await reportOn(put())).headers['mex-subject']).toBe('accepted');
    const { headers, body } = await until('the report', async () => reportsOn(bad)[0], 120);
    expect(headers['mex-subject']).toBe('refused');
    expect(body.toString()).toContain('road-not-handled');
  });
});
