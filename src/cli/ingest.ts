/** `homeward ingest`: takes in bundles from files and folders, by the same way as over HTTP. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Command } from './command';
import { filesIn } from './files-in';
import { openLocalDoor } from './local-door';
import { showProgress } from './progress';
import { settings } from './settings';

export const ingest: Command = async (args, env, stop) => {
  const config = settings(env);
  if (!config) return 78;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: { ods: { type: 'string' } } });
  } catch {
    process.stderr.write('homeward: usage: homeward ingest FILE|DIR… [--ods CODE]\n');
    return 64;
  }
  const ods = parsed.values.ods?.toUpperCase();
  if (config.mode !== 'sandbox' && ods === undefined) {
    process.stderr.write('homeward: name the organisation that the files come from: --ods CODE\n');
    return 64;
  }
  if (ods !== undefined && !/^[A-Z0-9]{3,12}$/.test(ods)) {
    process.stderr.write('homeward: --ods needs an ODS code, for example RR8\n');
    return 64;
  }
  const files = await filesIn(parsed.positionals);
  if (files.length === 0) {
    process.stderr.write('homeward: there is no .json or .xml file to take in\n');
    return 66;
  }
  const door = await openLocalDoor(config, ods, stop);
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
      const bytes = await readFile(file).catch(() => undefined);
      const format = extname(file).toLowerCase() === '.xml' ? 'xml' : 'json';
      const submitted = bytes && (await door.submit(bytes, format));
      if (!submitted) refused.push(`${file}\n    it can’t be read\n`);
      else if (!submitted.ok) {
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
