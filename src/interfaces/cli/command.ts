/**
 * What a command of `homeward` is: one description, from which its arguments are read, its help is written and mistakes
 * are refused. `commands.ts` has them all. @see docs/decisions/0035-command-line.md
 */
import { readArguments } from './arguments';
import type { Description, Options } from './description';
import { helpOf } from './help';

export interface Command {
  readonly name: string;
  readonly purpose: string;
  readonly help: string;
  /**
   * @param stop aborted where the command is interrupted: it ends what it has started, and fails as it likes
   * @returns the process's exit code
   */
  run(args: readonly string[], env: NodeJS.ProcessEnv, stop?: AbortSignal): Promise<number>;
}

export function defineCommand<const O extends Options>(description: Description<O>): Command {
  const { name, purpose } = description;
  const help = helpOf(description);
  return {
    name,
    purpose,
    help,
    run: async (args, env, stop) => {
      const read = readArguments(description, args);
      if (read === 'help') {
        process.stdout.write(help);
        return 0;
      }
      if (typeof read === 'string') return usageFault(read, name);
      return description.run(read, env, stop);
    },
  };
}

/** Says what is wrong with what was typed, and where the help is. @returns the exit code */
export function usageFault(sentence: string, command = ''): 64 {
  const help = ['homeward', command, '--help'].filter((word) => word !== '').join(' ');
  process.stderr.write(`homeward: ${sentence}\nTry: ${help}\n`);
  return 64;
}

/** Says in a sentence why nothing was done. @returns the exit code */
export function failed<const C extends number>(sentence: string, exitCode: C): C {
  process.stderr.write(`homeward: ${sentence}\n`);
  return exitCode;
}
