/** Runs lines of a page as a person pastes them: in one shell, which ends at the first line that fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface LinesOptions {
  cwd: string;
  /** A folder whose programs take the place of others. */
  programs: string;
  /** The environment beside PATH. No other variable of this process is seen. */
  env: Readonly<Record<string, string>>;
}

export async function runLines(
  text: string,
  { cwd, programs, env }: LinesOptions,
): Promise<{ code: number | null; said: string }> {
  const shell = spawn('bash', ['-eu', '-c', text], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${programs}:${process.env.PATH}`, LANG: 'C.UTF-8', ...env },
  });
  let said = '';
  const keep = (chunk: Buffer): void => void (said += chunk.toString('utf8'));
  shell.stdout.on('data', keep);
  shell.stderr.on('data', keep);
  const [code] = (await once(shell, 'close')) as [number | null];
  return { code, said };
}
