/** What every command begins with: the environment read, or its faults told. */
import { readConfig, type Config } from '../config';

/** Undefined where the environment has faults; they have been printed, a line each. */
export function settings(env: NodeJS.ProcessEnv): Config | undefined {
  const read = readConfig(env);
  if (read.ok) return read.config;
  printFaults(read.faults);
  return undefined;
}

export function printFaults(faults: readonly string[]): void {
  process.stderr.write(`homeward can’t start:\n${faults.map((fault) => `  - ${fault}\n`).join('')}`);
}
