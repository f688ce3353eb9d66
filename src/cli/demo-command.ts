/** `homeward demo`: loads synthetic virtual ward stays into the configured database. */
import { parseArgs } from 'node:util';
import type { Command } from './command';
import { runDemo } from './demo';
import { openLocalDoor } from './local-door';
import { settings } from './settings';

export const demo: Command = async (args, env, stop) => {
  const config = settings(env);
  if (!config) return 78;
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { stays: { type: 'string' }, seed: { type: 'string' } },
    }));
  } catch {
    process.stderr.write('homeward: usage: homeward demo [--stays N] [--seed N]\n');
    return 64;
  }
  const stays = wholeNumber(values.stays ?? '10');
  const seed = wholeNumber(values.seed ?? '1');
  if (stays === undefined || seed === undefined) {
    process.stderr.write('homeward: --stays and --seed should be whole numbers\n');
    return 64;
  }
  if (config.mode !== 'sandbox') {
    process.stderr.write(
      'homeward: demo stays are synthetic and can’t be removed: they are loaded into the database of a sandbox only\n',
    );
    return 78;
  }
  const door = await openLocalDoor(config, 'RR8', stop);
  try {
    const result = await runDemo({
      stays,
      seed,
      out: process.stdout,
      submit: async (bytes) => {
        const submitted = await door.submit(bytes, 'json');
        return submitted.ok
          ? {
              status: submitted.receipt.outcome === 'stored' ? 201 : 200,
              issues: submitted.receipt.issues.length,
            }
          : { status: 422, issues: submitted.refusal.failure.issues.length };
      },
    });
    return result.refused === 0 ? 0 : 1;
  } finally {
    await door.close();
  }
};

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
