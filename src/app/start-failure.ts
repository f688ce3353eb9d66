/** The reason why the server cannot start: one sentence for each fault, and the exit code. */
export class StartFailure extends Error {
  /** @param exitCode 78: the configuration; 69: something that it needs is not available or in use */
  constructor(
    readonly faults: readonly string[],
    readonly exitCode: 69 | 78 = 78,
  ) {
    super(faults.join('\n'));
    this.name = 'StartFailure';
  }
}
