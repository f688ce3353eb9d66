/** The processes of a node that share the listener: the first one, and its workers. @see docs/decisions/0062-workers.md */
import type { Socket } from 'node:net';
import type { PoolConfig } from 'pg';
import type { Config } from '../config';
import type { Dump, Metrics } from '../platform/metrics/metrics';
import type { Peer } from '../platform/processes/peer';
import type { Workers } from '../platform/processes/workers';

/** What the first process gives to a worker. */
export interface Given {
  /** From 2: the first process is 1. */
  number: number;
  connection: PoolConfig;
  /** The server's address. */
  origin: string;
  /** How many processes the node has. */
  count: number;
}

export interface Joined extends Given {
  /** The first process. */
  peer: Peer;
  /** Called when the worker can serve. @param serve takes each connection */
  serves(serve: (socket: Socket) => void): void;
}

/** What a process is. A node of one process has neither workers nor a first process to join. */
export interface Processes {
  count: number;
  /** Of the first process. */
  workers?: Workers;
  /** Of a worker. */
  joined?: Joined;
}

export const alone: Processes = { count: 1 };

/** What the first process answers to a worker that joins. */
export const givenTo =
  (first: { store: { connection: PoolConfig }; server: { origin: string }; processes: Processes }) =>
  ({ number }: { number: number }) =>
  (): Given => ({
    number,
    connection: first.store.connection,
    origin: first.server.origin,
    count: first.processes.count,
  });

/** The part of the settings that is divided among the processes. What is asked of the first process is not. */
export function shareOf(config: Config, { count, joined }: Processes): Config {
  if (count === 1) return config;
  const { maxConnections, strangersRecordedPerMinute } = config;
  const equal = Math.floor(maxConnections / count);
  return {
    ...config,
    maxConnections: joined ? equal : maxConnections - equal * (count - 1),
    strangersRecordedPerMinute: Math.ceil(strangersRecordedPerMinute / count),
  };
}

/** The values of one process, with what tells it from one that had its place before. */
export interface WorkerDump {
  pid: number;
  dump: Dump;
}

/** Most workers that ended whose counts are remembered. */
const MOST_ENDED = 100;

/** The metrics of the node. The counts of a worker that has ended, or does not answer, are those of its last answer. */
export function metricsOfNode(
  metrics: Pick<Metrics, 'text' | 'textOf' | 'dump'>,
  { workers, joined }: Processes,
): () => Promise<string> {
  if (joined) return () => joined.peer.ask<string>('metrics');
  if (!workers) return metrics.text;
  const last = new Map<number, Dump>();
  return async () => {
    const answers = await workers.askAll<WorkerDump>('dump');
    for (const { pid, dump } of answers) last.set(pid, dump);
    const answered = new Set(answers.map(({ pid }) => pid));
    const ended = [...last].filter(([pid]) => !answered.has(pid));
    for (const [pid] of ended.slice(0, -MOST_ENDED)) last.delete(pid);
    return metrics.textOf([
      await metrics.dump(),
      ...answers.map(({ dump }) => dump),
      ...ended.map(([, dump]) => dump.filter(isCount)),
    ]);
  };
}

const isCount = ({ type }: Dump[number]): boolean => String(type) !== 'gauge' && String(type) !== 'summary';
