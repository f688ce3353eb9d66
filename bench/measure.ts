/** Runs one piece of work again and again on so many lanes at once, and says how long each took. */
import { performance } from 'node:perf_hooks';
import { cpuSeconds, difference, type CpuSeconds } from './cpu';

export interface Measured {
  count: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  /** Seconds of CPU for one; undefined where the kernel does not tell. */
  cpu?: CpuSeconds;
}

export interface MeasureOptions {
  /** How many are under way at once. */
  lanes: number;
  /** Ends after so many, or after so many seconds, whichever is given. */
  count?: number;
  seconds?: number;
  /** Whose CPU time is told. */
  processes?: { server: number; postmaster: number };
}

/** @param work is given the number of the request, from 0, and the lane */
export async function measure(
  { lanes, count = Infinity, seconds = Infinity, processes }: MeasureOptions,
  work: (index: number, lane: number) => Promise<void>,
): Promise<Measured> {
  const milliseconds: number[] = [];
  const cpuBefore = processes && cpuSeconds(processes.server, processes.postmaster);
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let next = 0;
  const lane = async (_: unknown, number: number): Promise<void> => {
    while (next < count && performance.now() < endsAt) {
      const index = next++;
      const before = performance.now();
      await work(index, number);
      milliseconds.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpuAfter = processes && cpuSeconds(processes.server, processes.postmaster);
  const measured = summarise(milliseconds, elapsed);
  if (!cpuBefore || !cpuAfter) return measured;
  const used = difference(cpuAfter, cpuBefore);
  const { length } = milliseconds;
  return { ...measured, cpu: { server: used.server / length, database: used.database / length } };
}

/** @param elapsed seconds */
export function summarise(milliseconds: readonly number[], elapsed: number): Measured {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  return {
    count: sorted.length,
    perSecond: sorted.length / elapsed,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
}

/** The turn with the middle throughput; its count is that of all turns. */
export function middle(turns: readonly Measured[]): Measured {
  const sorted = [...turns].sort((a, b) => a.perSecond - b.perSecond);
  return {
    ...sorted[Math.floor(sorted.length / 2)]!,
    count: turns.reduce((sum, { count }) => sum + count, 0),
  };
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
