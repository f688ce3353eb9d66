/** An earlier version of Homeward, from the history of the repository, to be run beside this one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './sources';

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** `UPGRADE_FROM`, or the merged commit before this one; undefined where there is no history. */
export function commitBefore(): string | undefined {
  if (process.env.UPGRADE_FROM !== undefined) return process.env.UPGRADE_FROM;
  const here = git('rev-parse', 'HEAD');
  const base = git('merge-base', 'HEAD', 'main');
  return base !== undefined && base !== here ? base : git('rev-parse', '--verify', '-q', 'HEAD~1');
}

/** `UPGRADE_FROM`, or the commit before the last one that changed the tables. */
export function commitBeforeLastMigration(): string | undefined {
  if (process.env.UPGRADE_FROM !== undefined) return process.env.UPGRADE_FROM;
  const last = git('log', '-1', '--format=%H', '--', 'migrations');
  return last === undefined ? undefined : git('rev-parse', '--verify', '-q', `${last}^`);
}

export interface EarlierVersion {
  /** The folder that has its files, and the packages of this version. */
  folder: string;
  remove(): void;
}

export function unpackVersion(commit: string): EarlierVersion {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-before-'));
  const parts = ['src', 'migrations', 'openapi', 'examples', 'package.json', 'test/support'];
  const tar = execFileSync('git', ['archive', commit, ...parts], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['x', '-C', folder], { input: tar });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
