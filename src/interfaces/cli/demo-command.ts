/** `homeward demo`: loads synthetic virtual ward stays into the database of a sandbox. */
import { defineCommand, failed, usageFault } from './command';
import { runDemo } from './demo';
import { openForSubmitting } from './submit-locally';
import { settings } from './settings';

const STAYS = 10;
const SEED = 1;

export const demo = defineCommand({
  name: 'demo',
  purpose: 'load synthetic virtual ward stays into a sandbox',
  about: [
    'It works while a server is running. The same seed gives the same patients and stays, so a second run stores nothing new. Stored data cannot be removed, so demo refuses any database but that of a sandbox.',
  ],
  options: {
    stays: { value: 'N', meaning: 'how many stays', unlessGiven: String(STAYS) },
    seed: {
      value: 'N',
      meaning: 'the number that names, readings and dates are made from',
      unlessGiven: String(SEED),
    },
  },
  examples: ['npx homeward demo', 'npx homeward demo --stays 50 --seed 7'],
  run: async ({ values }, env, stop) => {
    const stays = wholeNumber(values.stays ?? String(STAYS));
    const seed = wholeNumber(values.seed ?? String(SEED));
    if (stays === undefined) return usageFault('--stays must be a whole number, for example 10.', 'demo');
    if (seed === undefined) return usageFault('--seed must be a whole number, for example 1.', 'demo');
    const config = settings(env);
    if (!config) return 78;
    if (config.mode !== 'sandbox')
      return failed(
        'demo stays are synthetic and cannot be removed, so demo accepts only the database of a sandbox.',
        78,
      );
    const local = await openForSubmitting(config, env, 'RR8', stop);
    try {
      const result = await runDemo({
        stays,
        seed,
        out: process.stdout,
        base: `${config.baseUrl ?? `http://${config.host}:${config.port}`}/FHIR/R4`,
        submit: async (bytes) => {
          const submitted = await local.submit(bytes, 'json');
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
      await local.close();
    }
  },
});

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
