import { copyStays } from '../../bench/copies';
import { expectRoom } from '../../bench/growth';
import { checkLedger } from '../../bench/growth-steps';
import { httpClient } from '../../bench/http-client';
import { populate } from '../../bench/population';
import { sealed } from '../../bench/stay-facts';
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

  it('copies them for other patients, who are found as those that were sent', async () => {
    const connection = await stage.createDatabase('copied', 'loaded');
    await copyStays({ connection, from: 20, to: 60, loaded: 20 }, () => undefined);
    const pool = openPool(connection, 1);
    const { rows } = await pool.query(
      `SELECT (SELECT count(*) FROM submission)::integer AS submissions,
        (SELECT count(*) FROM observation)::integer AS readings,
        (SELECT count(*) FROM patient)::integer / (SELECT count(*) FROM patient WHERE nhs_number LIKE '999%')::integer AS people,
        (SELECT count(*) FROM observation WHERE content NOT LIKE '%"id":"' || id || '"%"reference":"Patient/' || patient_id || '"%'
          OR subject <> 'Patient/' || patient_id
          OR NOT EXISTS (SELECT 1 FROM encounter WHERE 'Encounter/' || encounter.id = observation.encounter))::integer AS strays`,
    );
    expect(rows[0]).toEqual({ submissions: 60, readings: 180, people: 3, strays: 0 });
    const server = await stage.serve(connection);
    const client = httpClient(server.url, server.token, 1);
    const { rows: copied } = await pool.query<{ nhs_number: string; id: string }>(
      "SELECT nhs_number, id FROM patient WHERE nhs_number LIKE '98%' LIMIT 1",
    );
    const found = await client.call({
      method: 'GET',
      path: `/FHIR/R4/Observation?patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C${copied[0]!.nhs_number}`,
    });
    const { entry = [] } = JSON.parse(found.body.toString()) as {
      entry?: { resource: { subject: { reference: string } } }[];
    };
    expect(new Set(entry.map(({ resource }) => resource.subject.reference))).toEqual(
      new Set([`Patient/${copied[0]!.id}`]),
    );
    await sealed(pool);
    client.close();
    await server.stop();
    await pool.end();
    const ledger = await checkLedger(connection, stage.postmaster, 60);
    expect(ledger).toMatchObject({ complete: true, copiesReported: 40, otherFaults: 0 });
  });
});

it('is not begun where the disk has no room for its stores', () => {
  expect(() => expectRoom([1_000, 1_000_000], 50e9, '/srv')).toThrow(
    'These stores need 56 GB, and /srv has 50 GB left. Set TMPDIR to another folder, or choose smaller --sizes.',
  );
  expect(() => expectRoom([1_000, 1_000_000], 60e9, '/srv')).not.toThrow();
});
