import { compareResults } from '../../bench/compare';
import { openPool } from '../../bench/open-pool';
import { populate } from '../../bench/population';
import { benchRoute, type RouteResult } from '../../bench/route';
import { setStage, type Stage } from '../../bench/stage';

describe('the bare route of the benchmark', () => {
  let stage: Stage;
  let results: RouteResult[];
  let rows: { recorded: string; copies: string }[];
  beforeAll(async () => {
    stage = await setStage();
    const connection = await stage.createDatabase('routed');
    const { dataDir } = stage;
    const server = await stage.serve(connection);
    await server.stop();
    await populate({ connection, dataDir, seed: 1, from: 0, to: 10, observations: 45 });
    results = await benchRoute(stage, connection, { readers: 4, turns: 1, seconds: 0.1, patients: 2 });
    const pool = openPool(connection, 1);
    ({ rows } = await pool.query(
      `SELECT count(DISTINCT content) AS recorded, count(*) AS copies FROM bare.audit_record`,
    ));
    await pool.end();
  });
  afterAll(() => stage.strike());

  it('answers four searches as the server does', () => {
    expect(results.map(({ name, refused }) => [name, refused])).toEqual([
      ['Patient?identifier=', 0],
      ['DocumentReference?patient:identifier=', 0],
      ['Observation?patient:identifier=&code=', 0],
      ['Encounter?patient:identifier=&_include=Encounter:patient', 0],
    ]);
  });

  it('takes turns with the server, with and without audit rows', () => {
    for (const { server, bare, bareAudited, ofBare, ofBareAudited } of results) {
      expect(ofBare).toBeCloseTo(server.perSecond / bare.perSecond);
      expect(ofBareAudited).toBeCloseTo(server.perSecond / bareAudited.perSecond);
    }
  });

  it('writes an audit row for each request in a table of its own, where it is told to', () => {
    const { recorded, copies } = rows[0]!;
    expect(Number(recorded)).toBe(8);
    expect(Number(copies)).toBeGreaterThanOrEqual(
      results.reduce((sum, { bareAudited }) => sum + bareAudited.count, 0),
    );
  });

  it('is compared with an earlier run by the ratios, and not by itself', () => {
    const run = { route: results };
    const figures = compareResults(run, run).map(({ figure }) => figure);
    expect(figures).toContain('route.Patient?identifier=, 4 readers.ofBare');
    expect(figures).toContain('route.Patient?identifier=, 4 readers.cpuOfBareAudited');
    expect(figures.filter((figure) => /\.bare(Audited)?\./.test(figure))).toEqual([]);
    expect(compareResults({ ingest: {} }, run)).toEqual([]);
  });
});
