/** How a command describes itself: its arguments are read and its help is written by this. @see docs/decisions/0035-command-line.md */

export interface Option {
  /** What is written after it, as the help shows it: `CODE`. A switch has none. */
  readonly value?: string;
  /** A sentence or a clause, without what holds unless it is given. */
  readonly meaning: string;
  /** What holds unless it is given; a switch is off. */
  readonly unlessGiven?: string;
  readonly required?: true;
}

export type Options = Readonly<Record<string, Option>>;

/** What stands beside the options: `FILE|DIR…`. */
export interface Operands {
  readonly name: string;
  readonly meaning: string;
  readonly many?: true;
  /** What holds where none is given; absent where one must be. */
  readonly unlessGiven?: string;
}

export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { value: string }
    ? O[K] extends { required: true }
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
