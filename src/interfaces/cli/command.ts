/**
 * The shape of a `homeward` command. One description is used to read the arguments, to write the help and to refuse
 * mistakes. `commands.ts` lists the commands.
 * @see docs/decisions/0035-command-line.md
 */
import { readArguments } from './arguments';
import type { Description, Options } from './description';
import { helpOf } from './help';

export interface Command {
  readonly name: string;
  readonly purpose: string;
  readonly help: string;
  /**
   * @param stop aborted when the command is interrupted: the command ends what it has started, and may fail
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

/** Prints the fault in the arguments, and where to find the help. @returns the exit code */
export function usageFault(sentence: string, command = ''): 64 {
  const help = ['homeward', command, '--help'].filter((word) => word !== '').join(' ');
  process.stderr.write(`homeward: ${sentence}\nTry: ${help}\n`);
  return 64;
}

/** Prints in a sentence why the command did nothing. @returns the exit code */
export function failed<const C extends number>(sentence: string, exitCode: C): C {
  process.stderr.write(`homeward: ${sentence}\n`);
  return exitCode;
}
