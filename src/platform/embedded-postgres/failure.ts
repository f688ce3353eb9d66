/**
 * A reason why the embedded PostgreSQL can't be used, as one sentence for the operator: what is wrong, and what would
 * help. `serve` prints the message and exits; it is never sent to a caller.
 */
export class EmbeddedPostgresFailure extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = 'EmbeddedPostgresFailure';
  }
}

/** Another server runs on the data directory. */
export class DatabaseFolderInUse extends EmbeddedPostgresFailure {}
