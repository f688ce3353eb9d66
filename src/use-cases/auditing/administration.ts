/**
 * Records administrative actions in the audit trail: a change of clients, policy or keys, a token made by a command, a
 * verification, an export. The record says what changed and never contains a secret.
 * @see docs/audit.md
 */
import type { AuditFacts } from './audit-facts';
import type { Recorder } from './recorder';

export interface Administration {
  /** The action, as an operation of this server: `$changed`, `$token`, `$ledger-verify`. */
  interaction: `$${string}`;
  action?: AuditFacts['action'];
  /** The command as it was given, or the setting whose file has changed. */
  target?: string;
  /** The result, in words. */
  remark: string;
}

export interface Administrator {
  /** The operator for a command; the server itself where it sees a change. */
  caller: NonNullable<AuditFacts['caller']>;
  observer: string;
  newId: () => string;
}

export function administrationFacts(done: Administration, by: Administrator): AuditFacts {
  return {
    action: 'E',
    status: 200,
    requestId: by.newId(),
    observer: by.observer,
    caller: by.caller,
    ...done,
  };
}

/** Resolves when the record is durable. @throws DatabaseUnavailable where it can't be written */
export function recordAdministration(
  recorder: Pick<Recorder, 'record'>,
  done: Administration,
  by: Administrator,
): Promise<void> {
  return recorder.record(administrationFacts(done, by));
}
