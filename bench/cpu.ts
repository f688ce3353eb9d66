/**
 * CPU time that processes have used, as the kernel counts it: of a server and all its threads, and of a PostgreSQL with
 * all its backends, those that have ended too. Linux only; elsewhere it is not told.
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
  const backends = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === postmasterPid)
    .reduce((sum, stat) => sum + (stat?.own ?? 0), 0);
  return { server: server.own, database: postmaster.own + postmaster.ended + backends };
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
