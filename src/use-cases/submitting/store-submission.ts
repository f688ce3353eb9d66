/**
 * Runs the writing transaction: locks, reading stored data, match, resolve, next versions, decompose, commit. Either
 * all of it is committed or nothing, and the answer is sent only after the commit is durable.
 */
import { asksForAnotherTry, type Queryable } from '../../platform/postgres';
import { commit } from './commit/commit';
import type { SubmitDependencies } from './dependencies';
import { firstLocks } from './locks/first-locks';
import { inTurnAndShare } from './locks/in-turn-and-share';
import { takeLocks } from './locks/take-locks';
import { turnsFor } from './locks/turns';
import { makePlan } from './make-plan';
import type { Earlier } from './recognise/earlier-submissions';
import { recogniseEdition } from './recognise/recognise';
import { success, type Receipt, type Result } from './steps';
import type { PreparedSubmission } from './prepare';
import { refusedAsTooCostly, timed } from './too-costly';

export type StoreOutcome =
  | { outcome: 'stored'; receipt: Receipt }
  /** `positions`: the position of each entry of this sending when the entries are ordered by their content. */
  | { outcome: 'resent'; of: Earlier; positions?: readonly number[] };

const MOST_ATTEMPTS = 5;

/**
 * Stores a submission. After a deadlock or a serialization failure, which roll everything back, the transaction starts
 * again.
 */
export async function storeSubmission(
  submission: PreparedSubmission,
  dependencies: SubmitDependencies,
): Promise<Result<StoreOutcome>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inOneTransaction(submission, dependencies);
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS || !asksForAnotherTry(error))
        return refusedAsTooCostly(error, submission.validated, dependencies.database);
      await new Promise((again) => setTimeout(again, 5 * attempt * (1 + Math.random())));
    }
  }
}

function inOneTransaction(
  submission: PreparedSubmission,
  dependencies: SubmitDependencies,
): Promise<Result<StoreOutcome>> {
  const { database, definitions, shares, match: matching } = dependencies;
  const { turnTimeoutMillis } = matching;
  const locks = firstLocks(submission.validated, submission.edition.identifier, definitions);
  const { sender } = submission.validated.received.from;
  const turn = { sender, turns: turnsFor(sender, locks), millis: turnTimeoutMillis, shares };
  return inTurnAndShare(turn, () =>
    database.transaction((tx) =>
      store(timed(tx, turnTimeoutMillis), submission, new Set(locks), dependencies),
    ),
  );
}

/** @param held the locks to take first; further locks are added when they are taken */
async function store(
  tx: Queryable,
  submission: PreparedSubmission,
  held: Set<string>,
  dependencies: SubmitDependencies,
): Promise<Result<StoreOutcome>> {
  const { validated, edition } = submission;
  const { tracing } = dependencies;
  await tracing.step('lock', () => takeLocks(tx, held));
  const recognised = await tracing.step('recognise edition', () =>
    recogniseEdition(tx, validated.received, edition),
  );
  if (!recognised.ok) return recognised;
  if (recognised.value.isResend) {
    const { isResend: _isResend, ...resend } = recognised.value;
    return success<StoreOutcome>({ outcome: 'resent', ...resend });
  }
  const { earlier } = recognised.value;
  const planned = await makePlan(tx, submission, earlier, held, dependencies);
  if (!planned.ok) return planned;
  const receipt = await tracing.step('commit', () =>
    commit(tx, planned.value, submission, earlier, dependencies),
  );
  return success<StoreOutcome>({ outcome: 'stored', receipt });
}
