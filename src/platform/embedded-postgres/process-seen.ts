/**
 * Reads from the operating system the facts of a process by its id: its parent, whether it has ended and only its entry
 * remains (a zombie), and its command line. Used to examine a PostgreSQL that an earlier server left.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessSeen {
  parent: number;
  defunct: boolean;
  command: string;
  /** Its working directory, if this process may read it (a container may forbid even root). */
  cwd: string | undefined;
}

/** @returns undefined when no such process exists */
export function seeProcess(pid: number): ProcessSeen | undefined {
  return process.platform === 'linux' ? seeInProc(pid) : seeByPs(pid);
}

function seeInProc(pid: number): ProcessSeen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may itself contain spaces and brackets.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { parent: Number(parent), defunct: state === 'Z' || state === 'X', command, cwd: cwdOf(pid) };
  } catch {
    return undefined;
  }
}

function cwdOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function seeByPs(pid: number): ProcessSeen | undefined {
  try {
    const line = execFileSync('ps', ['-ww', '-o', 'ppid=,state=,command=', '-p', String(pid)], {
      encoding: 'utf8',
    });
    const [, parent, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/m.exec(line) ?? [];
    if (parent === undefined || state === undefined || command === undefined) return undefined;
    return { parent: Number(parent), defunct: state.startsWith('Z'), command, cwd: undefined };
  } catch {
    return undefined;
  }
}
