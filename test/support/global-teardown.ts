/** After a test run: what the setup has started is ended, in the opposite order. */
type Step = () => Promise<void>;

/** Jest loads the setup and this file apart from each other; only the process is common to both. */
const shared = globalThis as typeof globalThis & { homewardTeardown?: Step[] };

export function onTeardown(step: Step): void {
  (shared.homewardTeardown ??= []).unshift(step);
}

export default async function globalTeardown(): Promise<void> {
  for (const step of shared.homewardTeardown ?? []) await step();
}
