/** Makes the audit record of each HTTP request. Above a limit, unauthenticated requests are only counted. */
import type { Config } from '../../config';
import { auditFactsOf, idsAskedFor, isStranger } from './audit-facts-of';
import type { DispatchOptions } from './request-in-progress';
import { describeError, type Logger } from '../../platform/logger';
import type { Recorder } from '../../use-cases/auditing/recorder';
import { createStrangers } from '../../use-cases/auditing/strangers';

export interface RequestRecorder {
  record: DispatchOptions['audit'];
  stop(): Promise<void>;
}

export function recordRequests({
  config,
  log,
  trail,
  observer,
  newId,
  ownersOf,
}: {
  config: Pick<Config, 'strangersRecordedPerMinute'>;
  log: Logger;
  trail: Pick<Recorder, 'record'>;
  /** This server, as callers know it. */
  observer: () => string;
  newId: () => string;
  /** Returns the patients that own the ids in a request. */
  ownersOf: (ids: readonly string[]) => Promise<string[]>;
}): RequestRecorder {
  const strangers = createStrangers({
    perMinute: config.strangersRecordedPerMinute,
    record: trail.record,
    observer,
    newId,
    now: Date.now,
    onProblem: (error) =>
      log.warn({ err: describeError(error) }, 'requests of strangers could not be recorded yet'),
  });
  return {
    async record(asked, answer) {
      if (isStranger(asked) && !strangers.admits(asked.address)) return;
      // Nothing is looked up for an unauthenticated caller, even if its request contains ids.
      const ids = asked.caller ? [...idsAskedFor(asked, answer.disclosed), ...answer.disclosed.unowned] : [];
      await trail.record(auditFactsOf(asked, answer, await ownersOf(ids)));
    },
    stop: () => strangers.stop(),
  };
}
