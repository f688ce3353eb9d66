/**
 * `npm run bench:memory -- [--workers N] [--senders N] [--megabytes N] [--format json|xml] [--rounds N]`: how much memory
 * the processes of a server use when so many senders send so large a body at the same time. Counted is the resident
 * memory of all its processes together, PostgreSQL left out, ten times a second: RSS, in which pages that processes
 * share count for each of them, and PSS, in which they count once. The kernel's own highest RSS of each process is told
 * too: their sum is an upper bound.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isWorker } from './cpu';
import { httpClient } from './http-client';
import { withDocument } from './large-bodies';
import { setStage } from './stage';
import type { Server } from './start-server';

const MIB = 1024 * 1024;

interface Body {
  bytes: Buffer;
  type: string;
}

interface Round {
  /** Bytes. */
  sum: number;
  shared: number;
  each: number[];
  size: number;
  statuses: ReadonlyMap<number, number>;
  seconds: number;
}

interface Memory {
  /** Bytes. */
  now: number;
  shared: number;
  highest: number;
}

/** That of a process, as the kernel counts it. */
function memoryOf(pid: number): Memory {
  try {
    const text = `${readFileSync(`/proc/${pid}/status`, 'utf8')}\n${readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')}`;
    const kilobytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
    const [now = 0, shared = 0, highest = 0] = ['VmRSS', 'Pss', 'VmHWM'].map(
      (name) => 1024 * kilobytes(name),
    );
    return { now, shared, highest };
  } catch {
    return { now: 0, shared: 0, highest: 0 };
  }
}

/** The server's process and its workers. */
function processesOf(server: number): number[] {
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim();
  return [
    server,
    ...children
      .split(' ')
      .filter((pid) => pid !== '' && isWorker(pid))
      .map(Number),
  ];
}

/** Samples while the work goes on. @returns the highest sums, and each process's own highest */
async function highest(
  pids: readonly number[],
  work: () => Promise<void>,
): Promise<Pick<Round, 'sum' | 'shared' | 'each'>> {
  const seen = { sum: 0, shared: 0 };
  const look = (): void => {
    const memory = pids.map(memoryOf);
    const total = (name: 'now' | 'shared'): number => memory.reduce((sum, each) => sum + each[name], 0);
    seen.sum = Math.max(seen.sum, total('now'));
    seen.shared = Math.max(seen.shared, total('shared'));
  };
  const timer = setInterval(look, 100);
  await work();
  clearInterval(timer);
  look();
  return { ...seen, each: pids.map((pid) => memoryOf(pid).highest) };
}

const shown = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

/** One round. The connections are new: those of the round before may have been closed meanwhile. */
async function round(server: Server, senders: number, makeBody: () => Body): Promise<Round> {
  const bodies = Array.from({ length: senders }, makeBody);
  const client = httpClient(server.url, server.token, senders);
  const statuses = new Map<number, number>();
  const started = performance.now();
  const memory = await highest(processesOf(server.pid), async () => {
    await Promise.all(
      bodies.map(async ({ bytes, type }) => {
        const call = { method: 'POST', path: '/FHIR/R4', contentType: type, body: bytes } as const;
        const { status } = await client.call(call);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
  });
  client.close();
  return {
    ...memory,
    statuses,
    size: bodies[0]?.bytes.length ?? 0,
    seconds: (performance.now() - started) / 1000,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      workers: { type: 'string', default: '1' },
      senders: { type: 'string', default: '16' },
      megabytes: { type: 'string', default: '20' },
      format: { type: 'string', default: 'json' },
      rounds: { type: 'string', default: '2' },
    },
  });
  const format = values.format === 'xml' ? 'xml' : 'json';
  const senders = Number(values.senders);
  const stage = await setStage({ workers: Number(values.workers) });
  try {
    const server = await stage.serve(await stage.createDatabase('memory'));
    for (let time = 0; time < 4; time += 1) await round(server, senders, () => withDocument(100_000, format));
    const rest = processesOf(server.pid).map((pid) => shown(memoryOf(pid).now));
    console.log(`${values.workers} processes, warmed up: ${rest.join(' + ')}`);
    for (let time = 0; time < Number(values.rounds); time += 1) {
      const seen = await round(server, senders, () => withDocument(Number(values.megabytes) * MIB, format));
      const answered = [...seen.statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
      console.log(
        `${senders} senders of ${shown(seen.size)} (${format}): ${shown(seen.sum)} (PSS ${shown(seen.shared)}); each at most ` +
          `${seen.each.map(shown).join(', ')}; ${answered}, after ${seen.seconds.toFixed(1)} s`,
      );
    }
  } finally {
    await stage.strike();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
