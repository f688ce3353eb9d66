/** Reads the environment at the start of every command, and prints its faults. */
import { readConfig, readSettings, unreadableFiles, type Config, type Settings } from '../../config';

/** Undefined where the environment has faults; they have been printed, a line each. */
export function settings(env: NodeJS.ProcessEnv): Config | undefined {
  const read = readConfig(env);
  const faults = [...(read.ok ? [] : read.faults), ...unreadableFiles(env)];
  if (read.ok && faults.length === 0) return read.config;
  printFaults(faults);
  return undefined;
}

/** The same for a command that needs no server and no database, so that it does not need a mode. */
export function plainSettings(env: NodeJS.ProcessEnv): Settings | undefined {
  const { settings: read, faults } = readSettings(env);
  if (faults.length === 0) return read;
  printFaults(faults);
  return undefined;
}

export function printFaults(faults: readonly string[]): void {
  process.stderr.write(faultsText(faults));
}

export function faultsText(faults: readonly string[]): string {
  return `homeward cannot start:\n${faults.map((fault) => `  - ${fault}\n`).join('')}`;
}
