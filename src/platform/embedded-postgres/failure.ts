/**
 * The reason why the embedded PostgreSQL cannot be used, as one sentence for the operator: the fault and the next step.
 * `serve` prints the message and exits; it is never sent to a caller.
 */
export class EmbeddedPostgresFailure extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = 'EmbeddedPostgresFailure';
  }
}

/** Another server uses the data directory. */
export class DatabaseFolderInUse extends EmbeddedPostgresFailure {}
