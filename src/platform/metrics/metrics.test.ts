import { openMetrics, type Metrics } from './metrics';
import { MOST_SERIES, mostSeries, ownMetrics } from './own-metrics';

const seriesOf = async (metrics: Metrics): Promise<string[]> => ownIn(await metrics.text());
const ownIn = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('homeward_'));
const value = (text: string, series: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

/** More of everything than the limits allow. */
function overload(metrics: Metrics): void {
  for (let n = 0; n < 3_000; n += 1) {
    metrics.requestAnswered({
      ...{ method: n % 2 ? 'GET' : `X${n}`, route: `/FHIR/R4/T${n}`, status: 200 + (n % 350), seconds: 0.02 },
    });
    metrics.submissionEnded({
      ...{ door: ['http', 'cli', 'mesh', 'folder', 'hl7v2'][n % 5]!, sender: `R${n}` },
      outcome: (['accepted', 'resent', 'refused'] as const)[n % 3]!,
      findings: [{ rule: `vw-${n}`, severity: ['error', 'warning', 'information', 'fatal'][n % 4]! }],
    });
  }
  metrics.auditWritten(0.004);
  const many = Array.from({ length: 300 }, (_, n) => n);
  metrics.watch('homeward_mesh_inbox', () => many.map((n) => ({ labels: { mailbox: `X${n}` }, value: 1 })));
  metrics.watch('homeward_deliveries', () =>
    many.map((n) => ({ labels: { state: 'waiting', name: `d${n}` }, value: 1 })),
  );
  metrics.watch('homeward_road_up', () => many.map((n) => ({ labels: { road: `r${n}` }, value: 1 })));
}

describe('the metrics of a process', () => {
  it('have room for at most 2,000 series of our own', () => {
    const sum = Object.values(ownMetrics).reduce((total, each) => total + mostSeries(each), 0);
    expect(sum).toBeLessThanOrEqual(MOST_SERIES);
  });

  it('count what exceeds the limit under `other`, and lose nothing', async () => {
    const metrics = openMetrics();
    overload(metrics);
    const series = await seriesOf(metrics);
    expect(series.length).toBeLessThanOrEqual(MOST_SERIES);
    const total = (name: string): number =>
      series
        .filter((line) => line.startsWith(`${name}{`))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    expect(total('homeward_http_request_duration_seconds_count')).toBe(3_000);
    expect(total('homeward_submissions_total')).toBe(3_000);
    expect(total('homeward_rule_findings_total')).toBe(3_000);
    expect(total('homeward_mesh_inbox')).toBe(300);
    expect(series.join('\n')).toContain('route="other"');
    expect(series.join('\n')).toContain('sender="other"');
  });

  it('begin the counts of a known sender at 0, so that the first refusals are an increase', async () => {
    const metrics = openMetrics();
    metrics.senderKnown('http', 'RR8');
    const series = (outcome: string): string =>
      `homeward_submissions_total{door="http",outcome="${outcome}",sender="RR8"}`;
    for (const outcome of ['accepted', 'resent', 'refused'])
      expect(value(await metrics.text(), series(outcome))).toBe('0');
    metrics.submissionEnded({ door: 'http', outcome: 'refused', sender: 'RR8', findings: [] });
    expect(value(await metrics.text(), series('refused'))).toBe('1');
  });

  it('have no series for a gauge that nothing reads, and drop those that are gone', async () => {
    const metrics = openMetrics();
    expect((await seriesOf(metrics)).filter((line) => /mesh_inbox|deliveries|ready/.test(line))).toEqual([]);
    let queue = [{ labels: { state: 'waiting', name: 'gp-records' }, value: 3 }];
    metrics.watch('homeward_deliveries', () => queue);
    expect(await metrics.text()).toContain('homeward_deliveries{state="waiting",name="gp-records"} 3');
    queue = [];
    expect((await seriesOf(metrics)).filter((line) => line.includes('deliveries'))).toEqual([]);
  });

  it('are shown even if one of them cannot be read', async () => {
    const metrics = openMetrics();
    metrics.watch('homeward_mesh_inbox', () => Promise.reject(new Error('away')));
    metrics.watch('homeward_ready', () => {
      throw new Error('a bug');
    });
    metrics.watch('homeward_deliveries', () => new Promise(() => undefined));
    metrics.auditWritten(0.003);
    const text = await metrics.text();
    expect(value(text, 'homeward_audit_write_seconds_count')).toBe('1');
    expect(text).toContain('process_cpu_seconds_total');
  });
});

describe('the metrics of several processes of one node', () => {
  it('are added up, or their largest or smallest value is taken', async () => {
    const processes = [openMetrics(), openMetrics()];
    for (const [n, each] of processes.entries()) {
      each.requestAnswered({ method: 'GET', route: '/_ping', status: 200, seconds: 0.02 });
      each.watch('homeward_ledger_unsealed_seconds', () => [{ value: 1 + n }]);
      each.watch('homeward_ready', () => [{ value: n }]);
    }
    const text = await processes[0]!.textOf(await Promise.all(processes.map((each) => each.dump())));
    const labels = '{method="GET",route="/_ping",status="200"}';
    expect(value(text, `homeward_http_request_duration_seconds_count${labels}`)).toBe('2');
    expect(value(text, 'homeward_ledger_unsealed_seconds')).toBe('2');
    expect(value(text, 'homeward_ready')).toBe('0');
  });

  it('have the same limit together as one process has', async () => {
    const processes = [openMetrics(), openMetrics(), openMetrics()];
    for (const [n, each] of processes.entries())
      for (let sender = 0; sender < 300; sender += 1)
        each.submissionEnded({
          ...{ door: 'http', outcome: 'accepted', sender: `R${n}${sender}`, findings: [] },
        });
    const text = await processes[0]!.textOf(await Promise.all(processes.map((each) => each.dump())));
    const lines = ownIn(text).filter((line) => line.startsWith('homeward_submissions_total'));
    // Those that the node has room for, and the three outcomes of the others.
    expect(lines.length).toBeLessThanOrEqual(315 + 3);
    expect(lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)).toBe(900);
  });
});
