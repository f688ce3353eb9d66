/** `WORKERS`: how many processes of a node share the listener. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Variable } from './variable';

export type WorkersSetting = 'auto' | number;

const MIB = 1024 * 1024;
const MOST_BY_ITSELF = 4;
const HEAP_OF_ONE = 512 * MIB;
const CONNECTIONS_OF_ONE = 4;
/** One for the audit trail, and one for everything else. */
const FEWEST_CONNECTIONS = 2;

export function workers(
  name: string,
  { most, meaning }: { most: number; meaning: string },
): Variable<WorkersSetting> {
  const kind = `\`auto\`, or a whole number from 1 to ${most}`;
  return {
    name,
    kind,
    unlessSet: 'auto',
    meaning,
    read: (given) => {
      const value = given?.trim() ?? '';
      if (value === '' || value === 'auto') return { ok: true, value: 'auto' };
      const number = /^\d{1,3}$/.test(value) ? Number(value) : NaN;
      return number >= 1 && number <= most
        ? { ok: true, value: number }
        : { ok: false, fault: `${name} must be auto, or a whole number from 1 to ${most}.` };
    },
  };
}

interface Asked {
  workers: WorkersSetting;
  maxConnections: number;
}

/** @returns how many processes the node has, the first one included */
export function processesOf(
  { workers: asked, maxConnections }: Asked,
  cores = coresOf(cpuLimit(), availableParallelism()),
  heap = getHeapStatistics().heap_size_limit,
): number {
  if (asked !== 'auto') return asked;
  const room = [heap / HEAP_OF_ONE, maxConnections / CONNECTIONS_OF_ONE].map(Math.floor);
  return Math.max(1, Math.min(cores, MOST_BY_ITSELF, ...room));
}

/** Where Linux says how much CPU time a container may use: `200000 100000` is two cores, `max 100000` has no limit. */
const CPU_LIMIT = '/sys/fs/cgroup/cpu.max';

function cpuLimit(): string {
  try {
    return readFileSync(CPU_LIMIT, 'utf8');
  } catch {
    return '';
  }
}

/** @param limit as in `CPU_LIMIT`; Node.js does not look at it */
export function coresOf(limit: string, cores: number): number {
  const [, quota, period] = /^(\d+) (\d+)/.exec(limit) ?? [];
  return quota === undefined
    ? cores
    : Math.min(cores, Math.max(1, Math.ceil(Number(quota) / Number(period))));
}

/** A sentence when the connections are too few for so many processes. */
export function faultOfWorkers({ workers: asked, maxConnections }: Asked): string | undefined {
  if (asked === 'auto' || asked * FEWEST_CONNECTIONS <= maxConnections || asked === 1) return undefined;
  return `WORKERS=${asked} needs DATABASE_MAX_CONNECTIONS of at least ${asked * FEWEST_CONNECTIONS}: ${FEWEST_CONNECTIONS} for each process.`;
}
