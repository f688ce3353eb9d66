/** Makes the audit record of each HTTP request. Above a limit, unauthenticated requests are only counted. */
import type { Config } from '../../config';
import { auditFactsOf, idsAskedFor, isStranger } from './audit-facts-of';
import type { DispatchOptions } from './request-in-progress';
import { refused } from './request-context';
import type { OwnersFound } from '../../engines/store/owners';
import { nothing } from '../../use-cases/call/disclosed';
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
  ownersOf: (ids: readonly string[]) => Promise<OwnersFound>;
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
      const { patients, isAll } = await ownersOf(ids);
      if (isAll || answer.status >= 400) return trail.record(auditFactsOf(asked, answer, patients));
      // What would be shown is not recorded of every patient, so it is not shown.
      await trail.record(auditFactsOf(asked, { status: 403, disclosed: nothing }, patients));
      throw refused('forbidden', {
        code: 'too-costly',
        rule: 'answer-owner-unknown',
        text: 'A resource of this answer names no patient, and its references lead from one resource to the next too often for the server to find out whose data it is. It cannot record who sees the data, so it does not show it. Ask for other resources, or tell the sender to refer to the patient directly.',
      });
    },
    stop: () => strangers.stop(),
  };
}
