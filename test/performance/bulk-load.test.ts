import { populate } from '../../bench/population';
import { setStage, type Stage } from '../../bench/stage';
import { openPool } from '../../bench/open-pool';

/** The benchmark answers what a submission asks of the database, so it must know every statement of one. */
describe('the bulk load of the benchmark', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(() => stage.strike());

  it('stores stays of the demo with their patients, readings and documents', async () => {
    const connection = await stage.createDatabase('loaded');
    const server = await stage.serve(connection);
    await server.stop();
    const { dataDir } = stage;
    await populate({ connection, dataDir, seed: 1, from: 0, to: 20, observations: 3 });
    const pool = openPool(connection, 1);
    const { rows } = await pool.query(
      `SELECT (SELECT count(*) FROM submission)::integer AS submissions,
        (SELECT count(*) FROM encounter)::integer AS stays,
        (SELECT count(*) FROM observation)::integer AS readings,
        (SELECT count(*) FROM patient)::integer AS patients`,
    );
    await pool.end();
    expect(rows[0]).toMatchObject({ submissions: 20, stays: 20, readings: 60 });
    expect((rows[0] as { patients: number }).patients).toBeGreaterThan(15);
  });
});
