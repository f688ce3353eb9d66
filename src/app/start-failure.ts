/** Why the server can't start: one sentence for each thing that is wrong, and the exit code that goes with them. */
export class StartFailure extends Error {
  /** @param exitCode 78: the configuration; 69: something that it needs is away or taken */
  constructor(
    readonly faults: readonly string[],
    readonly exitCode: 69 | 78 = 78,
  ) {
    super(faults.join('\n'));
    this.name = 'StartFailure';
  }
}
