/** `homeward ingest`: takes in bundles from files and folders, by the same way as over HTTP. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from './command';
import { openLocalDoor } from './local-door';
import { showProgress } from './progress';
import { settings } from './settings';

export const ingest: Command = async (args, env) => {
  const config = settings(env);
  if (!config) return 78;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: { ods: { type: 'string' } } });
  } catch {
    process.stderr.write('homeward: usage: homeward ingest FILE|DIR… [--ods CODE]\n');
    return 64;
  }
  const files = await filesIn(parsed.positionals);
  if (files.length === 0) {
    process.stderr.write('homeward: there is no .json or .xml file to take in\n');
    return 66;
  }
  const door = await openLocalDoor(config, (parsed.values.ods ?? 'LOCAL').toUpperCase());
  const refused: string[] = [];
  let stored = 0;
  let before = 0;
  const progress = showProgress(
    process.stdout,
    files.length === 1 ? 'file taken in' : 'files taken in',
    files.length,
  );
  try {
    for (const file of files) {
      const submitted = await door.submit(await readFile(file), extname(file) === '.xml' ? 'xml' : 'json');
      if (!submitted.ok) {
        const faults = submitted.refusal.failure.issues.filter(
          ({ severity }) => severity === 'error' || severity === 'fatal',
        );
        refused.push(
          `${file}\n${faults.map(({ rule, expression, text }) => `    ${rule}  ${expression ?? ''}\n        ${text}\n`).join('')}`,
        );
      } else if (submitted.receipt.outcome === 'stored') stored += 1;
      else before += 1;
      progress.advance();
    }
  } finally {
    progress.finish();
    await door.close();
  }
  process.stdout.write(`${stored} stored, ${before} stored before, ${refused.length} refused\n`);
  for (const each of refused) process.stdout.write(`\n  refused: ${each}`);
  return refused.length === 0 ? 0 : 1;
};

/** The files named, and those of the folders named, in order of name. */
async function filesIn(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) {
      const names = (await readdir(path)).filter((name) => ['.json', '.xml'].includes(extname(name))).sort();
      files.push(...names.map((name) => join(path, name)));
    } else files.push(path);
  }
  return files;
}
