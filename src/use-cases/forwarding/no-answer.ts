/** The error of a destination that gave no answer, for every kind of destination. */

/** There was no answer. Its message is a sentence with the code of the cause. */
export class NoAnswer extends Error {
  constructor(
    error: unknown,
    /** True when what was sent may have arrived. */
    readonly isUncertain: boolean,
  ) {
    super(sentenceOf(error, isUncertain));
  }
}

/** An error with a code, which the sentence of `NoAnswer` names. */
export const codedError = (code: string): Error => Object.assign(new Error(code), { code });

/** The code alone: the message of an error may quote a header. */
function sentenceOf(error: unknown, isUncertain: boolean): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const reason = String(code ?? name ?? 'unknown');
  return isUncertain
    ? `the connection ended before the answer (${reason})`
    : `the destination cannot be reached (${reason})`;
}
