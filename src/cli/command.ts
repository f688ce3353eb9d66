/** What a command of `homeward` is: a function of its arguments and the environment. `commands.ts` has them all. */

/** @returns the process's exit code */
export type Command = (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  /** Aborted where the command is interrupted: it ends what it has started, and fails as it likes. */
  stop?: AbortSignal,
) => Promise<number>;
