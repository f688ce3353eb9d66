/**
 * CPU time that processes have used, as the kernel counts it: of a server with all its threads and workers, and of a
 * PostgreSQL with all its backends, those that have ended too. Linux only; elsewhere it is not told.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
import { readdirSync, readFileSync } from 'node:fs';

/** `_SC_CLK_TCK`: a hundred on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

interface Stat {
  parent: number;
  /** Its own time, all threads. */
  own: number;
  /** That of its children that have ended. */
  ended: number;
}

/** CPU seconds used so far. */
export interface CpuSeconds {
  server: number;
  database: number;
}

/** Undefined where the kernel does not tell. */
export function cpuSeconds(serverPid: number, postmasterPid: number): CpuSeconds | undefined {
  const server = statOf(serverPid);
  const postmaster = statOf(postmasterPid);
  if (!server || !postmaster) return undefined;
  const used = { server: server.own, database: postmaster.own + postmaster.ended };
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat?.parent === postmasterPid) used.database += stat.own;
    else if (stat?.parent === serverPid && isWorker(name)) used.server += stat.own;
  }
  return used;
}

/** Not every child is one: the benchmark's own process has started the servers and PostgreSQL. */
export function isWorker(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('/src/worker.ts');
  } catch {
    return false;
  }
}

export function difference(after: CpuSeconds, before: CpuSeconds): CpuSeconds {
  return { server: after.server - before.server, database: after.database - before.database };
}

function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold anything; what follows is numbers.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return {
    parent,
    own: (user + system) / TICKS_PER_SECOND,
    ended: (endedUser + endedSystem) / TICKS_PER_SECOND,
  };
}
