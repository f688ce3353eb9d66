import type { Cost, GrowthStep } from '../../bench/growth';
import { printComparison, printIngest, printMachine, printRoute } from '../../bench/report';
import { printGrowth } from '../../bench/report-growth';

/** What is printed, with one space where there are more. */
function printed(print: () => void): string {
  const lines: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  print();
  log.mockRestore();
  return lines.join('\n').replace(/ +/g, ' ');
}

const measured = (perSecond: number) => ({
  count: 10,
  perSecond,
  p50: 20,
  p95: 30,
  p99: 40,
  cpu: { server: 0.02, database: 0.01 },
});

describe('the report of the benchmark', () => {
  it('begins with the machine, the length of the run and the processes of a server', () => {
    const machine = { cpus: 2, model: 'A CPU', load: 1, node: 'v20.0.0', postgres: '18.4' };
    expect(printed(() => printMachine(machine, { length: 'quick', workers: 2 }))).toBe(
      'quick run, 2 processes for each server; 2 CPUs (A CPU), load 1.0, Node.js v20.0.0, PostgreSQL 18.4',
    );
  });

  it('compares submitting with the ceiling of this schema and with that of the leanest one', () => {
    const level = {
      senders: 4,
      server: measured(40),
      ceiling: measured(100),
      ofCeiling: 0.4,
      leanest: measured(200),
      ofLeanest: 0.2,
      refused: 0,
    };
    const report = printed(() => printIngest([level], undefined));
    expect(report).toMatch(/4 senders 40\.0 20\.00 30\.00 40\.00 20\.00 10\.00\n/);
    expect(report).toMatch(/ceiling of this schema 100 .* 40%/);
    expect(report).toMatch(/ceiling of the leanest schema 200 .* 20%/);
  });

  it('compares searches with a bare Express route by answers per second and by CPU time', () => {
    const report = printed(() =>
      printRoute([
        {
          name: 'Patient?identifier=',
          readers: 16,
          server: measured(1000),
          bare: measured(4000),
          bareAudited: measured(2000),
          ofBare: 0.25,
          ofBareAudited: 0.5,
          cpuOfBare: 0.3,
          cpuOfBareAudited: 0.6,
          refused: 0,
        },
      ]),
    );
    expect(report).toMatch(/Patient\?identifier=, 16 readers 1000 20\.00 30\.00 40\.00 20\.00 10\.00\n/);
    expect(report).toMatch(/the route 4000 .* 25% \(50% at least\) 30%\n/);
    expect(report).toMatch(/the route with audit rows 2000 .* 50% 60%$/);
  });

  it('shows what grows with the store: pages, CPU time, time, disk, counts, the ledger', () => {
    const summary = { summaries: 10, database: 500_000, document: 310_000, writeAheadLog: 450_000 };
    const report = printed(() =>
      printGrowth({ observations: 10, summary, steps: [step(1_000, 1), step(10_000, 2)] }),
    );
    expect(report).toContain(
      'takes 500 kB, 310 kB of them its document; the write-ahead log has 450 kB for it.',
    );
    expect(report).toContain('stores of 1,000, 10,000 stays of 10 Observations');
    expect(report).toMatch(/database 48 477\n/);
    expect(report).toMatch(/kB for a stay 50\.0 50\.0\n/);
    expect(report).toMatch(/PostgreSQL looks at for a request\n\n last to first|1,000 10,000 last to first/);
    expect(report).toMatch(/Patient\?identifier 8 16 2\.00\n/);
    expect(report).toMatch(/Patient\?identifier 3\.00 6\.00 2\.00\n/);
    expect(report).toMatch(/a summary of 45 Observations 8 16 2\.00\n/);
    expect(report).toMatch(/count all Observations 1\.00 \(0\.75\) 2\.00 \(1\.50\)\n/);
    expect(report).toMatch(/read all rows as text 1\.00 \(0\.75\) 2\.00 \(1\.50\)\n/);
    expect(report).toMatch(/back up with pg_dump 3\.00\n MiB of the backup 5\n/);
    expect(report).toMatch(
      /records checked 2000 20000 so far\n copies that it reports 0 9000\n other faults 0 0/,
    );
  });

  it('says of each figure whether it is better, the same or worse', () => {
    const figure = { figure: 'a', before: 2, now: 1, ratio: 0.5, verdict: 'better' as const };
    expect(printed(() => printComparison([figure], 'kept.json'))).toMatch(/a 2\.00 1\.00 0\.50 better$/);
  });
});

function step(stays: number, factor: number): GrowthStep {
  const cost: Cost = {
    count: 10,
    p50: 2 * factor,
    p95: 5 * factor,
    cpu: { server: 0.002 * factor, database: 0.001 * factor },
    pages: 8 * factor,
    pagesRead: factor,
    refused: 0,
  };
  const once = { seconds: factor, cpu: { server: 0.5 * factor, database: 0.25 * factor } };
  return {
    stays,
    size: {
      databaseBytes: stays * 50_000,
      tables: [{ name: 'observation', rows: stays * 10, bytes: stays * 20_000, indexBytes: stays * 10_000 }],
    },
    searches: [{ name: 'Patient?identifier', ...cost }],
    submission: cost,
    counts: [{ name: 'all Observations', ...once }],
    ledger: {
      ...once,
      records: 2 * stays,
      complete: factor === 1,
      copiesReported: stays - 1_000,
      otherFaults: 0,
    },
    dump: once,
    ...(factor === 1 ? {} : { backup: { seconds: 3, bytes: 5 * 2 ** 20 } }),
  };
}
