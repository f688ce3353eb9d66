/**
 * The description of a command, from which its arguments are read and its help is written.
 * @see docs/decisions/0035-command-line.md
 */

export interface Option {
  /** The value of the option, as the help shows it: `CODE`. A switch has none. */
  readonly value?: string;
  /** A sentence or a clause, without the default. */
  readonly meaning: string;
  /** The default; a switch is off by default. */
  readonly unlessGiven?: string;
  readonly required?: true;
  /** Whether it may appear several times, each time with a value. */
  readonly many?: true;
}

export type Options = Readonly<Record<string, Option>>;

/** The arguments that are not options: `FILE|DIR…`. */
export interface Operands {
  readonly name: string;
  readonly meaning: string;
  readonly many?: true;
  /** The default; absent when at least one must be given. */
  readonly unlessGiven?: string;
}

export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { value: string }
    ? O[K] extends { many: true }
      ? readonly string[]
      : O[K] extends { required: true }
        ? string
        : string | undefined
    : boolean;
};

export interface Given<O extends Options> {
  values: Values<O>;
  operands: readonly string[];
}

export interface Description<O extends Options = Options> {
  /** As it is typed: `ledger verify`. */
  readonly name: string;
  /** One clause for the list of commands. */
  readonly purpose: string;
  /** Further sentences, a paragraph each. */
  readonly about?: readonly string[];
  readonly operands?: Operands;
  readonly options: O;
  readonly examples: readonly string[];
  /** @returns the process's exit code */
  run(given: Given<O>, env: NodeJS.ProcessEnv, stop?: AbortSignal): Promise<number>;
}
