import { compareResults } from '../../bench/compare';

const submitting = (cpu: number, perSecond: number, senders = 16) => ({
  senders,
  server: { perSecond, p50: 20, cpu: { server: cpu, database: 0.01 } },
  ceiling: { perSecond: 100 },
});
const run = (...levels: object[]) => ({ machine: { cpus: 2 }, ingest: { submitting: levels } });
const verdicts = (before: object, now: object) =>
  Object.fromEntries(compareResults(before, now).map(({ figure, verdict }) => [figure, verdict]));

describe('the comparison of two runs of the benchmark', () => {
  it('says that less CPU time and more throughput are better, and the other way worse', () => {
    const slow = run(submitting(0.04, 20));
    const fast = run(submitting(0.02, 40));
    const cpu = 'ingest.submitting.16 senders.server.cpu.server';
    const perSecond = 'ingest.submitting.16 senders.server.perSecond';
    expect(verdicts(slow, fast)).toMatchObject({ [cpu]: 'better', [perSecond]: 'better' });
    expect(verdicts(fast, slow)).toMatchObject({ [cpu]: 'worse', [perSecond]: 'worse' });
  });

  it('calls a difference within the noise the same, in both directions', () => {
    const one = run(submitting(0.02, 40));
    const other = run(submitting(0.022, 32));
    expect(new Set(Object.values(verdicts(one, other)))).toEqual(new Set(['same']));
    expect(new Set(Object.values(verdicts(other, one)))).toEqual(new Set(['same']));
  });

  it('compares what both runs measured, by its name and not by its place', () => {
    const before = run(submitting(0.02, 40, 1), submitting(0.02, 40, 16));
    const compared = compareResults(before, run(submitting(0.02, 40, 16), submitting(0.05, 10, 4)));
    expect(compared.map(({ figure }) => figure.includes('16 senders'))).not.toContain(false);
    expect(compared.length).toBeGreaterThan(0);
  });

  it('leaves out the ceiling and what the machine is', () => {
    const names = Object.keys(verdicts(run(submitting(0.02, 40)), run(submitting(0.02, 40))));
    expect(names.filter((name) => name.includes('ceiling') || name.startsWith('machine'))).toEqual([]);
  });
});
