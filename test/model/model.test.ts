/**
 * The server against a plain model in memory: what eight clients saw at once must be what the model gives in some
 * order. 300 steps in the test command; `npm run test:model` does 10,000. A failure names the seed that repeats it.
 */
import { startHomeward, type Homeward } from '../support/homeward';
import { runClients } from './clients';
import { linearize } from './linearize';
import { emptyState } from './model';

const steps = Number(process.env.MODEL_STEPS ?? 300);
const seed = Number(process.env.MODEL_SEED ?? (process.env.MODEL_STEPS ? Date.now() % 1_000_000 : 4));

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

it(
  `finds no difference in ${steps} steps of eight clients (seed ${seed})`,
  async () => {
    const began = Date.now();
    const run = await runClients(homeward, { steps, patients: Math.max(5, Math.round(steps / 80)), seed });
    const ran = Date.now();
    let order = 0;
    const differences: string[] = [];
    for (const [patient, history] of run.histories) {
      const verdict = linearize(history, emptyState);
      if (verdict.ok) order += verdict.steps;
      else differences.push(`patient ${patient}, of ${history.length} operations: ${verdict.report}`);
    }
    if (process.env.MODEL_STEPS) {
      const answers = Object.fromEntries([...run.answers].sort());
      console.log({ seed, steps, answers, seconds: (ran - began) / 1000, checked: order, differences });
    }
    expect({ faults: run.faults, differences }).toEqual({ faults: [], differences: [] });
  },
  Math.max(60_000, steps * 400),
);
