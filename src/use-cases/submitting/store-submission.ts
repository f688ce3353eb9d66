/**
 * Runs the writing transaction: locks, reading stored data, match, resolve, next versions, decompose, commit. Either
 * all of it is committed or nothing, and the answer is sent only after the commit is durable.
 */
import { inTurn } from '../../platform/in-turn';
import { asksForAnotherTry, type Queryable } from '../../platform/postgres';
import { commit } from './commit/commit';
import type { SubmitDependencies } from './dependencies';
import { firstLocks, patientLocks } from './locks/first-locks';
import { takeLocks } from './locks/take-locks';
import { match } from './match/match';
import type { MatchInput } from './match/match-input';
import { patientKeysIn } from './match/patient-by-key';
import { nextVersions } from './next-version/next-versions';
import type { Plan } from './next-version/plan';
import { onePatient } from './one-patient/one-patient';
import { mayActFor } from './permit/may-act-for';
import type { Earlier } from './recognise/earlier-submissions';
import { recogniseEdition } from './recognise/recognise';
import { resolveConditionalReferences } from './resolve/conditional-references';
import { resolve } from './resolve/resolve';
import { success, type EntryRequest, type Receipt, type Result } from './steps';
import { madeAt } from './stored-before/read-origins';
import { storedBefore, type StoredBefore } from './stored-before/stored-before';
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
  const { database, definitions, match: matching } = dependencies;
  const { turnTimeoutMillis } = matching;
  const locks = firstLocks(submission.validated, submission.edition.identifier, definitions);
  return inTurn(locks, turnTimeoutMillis, () =>
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
  await takeLocks(tx, held);
  const recognised = await recogniseEdition(tx, validated.received, edition);
  if (!recognised.ok) return recognised;
  if (recognised.value.isResend) {
    const { isResend: _isResend, ...resend } = recognised.value;
    return success<StoreOutcome>({ outcome: 'resent', ...resend });
  }
  const { earlier } = recognised.value;
  const planned = await plan(tx, submission, earlier, held, dependencies);
  if (!planned.ok) return planned;
  const receipt = await commit(tx, planned.value, submission, earlier[0], dependencies);
  return success<StoreOutcome>({ outcome: 'stored', receipt });
}

/** Makes a plan, takes the locks that it needs, and plans again until all of them are held. */
async function plan(
  tx: Queryable,
  submission: PreparedSubmission,
  earlier: readonly Earlier[],
  held: Set<string>,
  dependencies: SubmitDependencies,
): Promise<Result<Plan>> {
  const { validated, edition } = submission;
  const { received } = validated;
  const forConditions = { ...dependencies.match, ...dependencies.definitions };
  const literal = await resolveConditionalReferences(tx, validated.requests, received, forConditions);
  if (!literal.ok) return literal;
  const requests = literal.value;
  if (requests !== validated.requests)
    await takeMissing(tx, patientLocks(requests, dependencies.definitions), held);
  for (;;) {
    const isSummary = dependencies.definitions.isSummary(validated.bundle);
    const made = madeAt(edition.lastUpdated, received.receivedAt);
    const about = {
      received,
      requests,
      isSummary,
      madeAt: made,
      identifier: edition.identifier,
      earlier,
    };
    const before = await storedBefore(tx, about, dependencies);
    if (!before.ok) return before;
    const planned = planFrom(inputOf(submission, requests, before.value, dependencies));
    if (!planned.ok) return planned;
    const isHeld = [...planned.value.locks].every((lock) => held.has(lock));
    if (isHeld) return onePatient(tx, planned.value, validated, forConditions);
    await takeMissing(tx, planned.value.locks, held);
  }
}

/** Match, resolve, next versions: pure functions of what was sent and what is stored. */
function planFrom(input: MatchInput): Result<Plan> {
  const matched = match(input);
  if (!matched.ok) return matched;
  return nextVersions(resolve(matched.value.entries, input), matched.value, input);
}

function inputOf(
  { validated, edition }: PreparedSubmission,
  requests: readonly EntryRequest[],
  before: StoredBefore,
  { definitions, permit, newId, idOfKey }: SubmitDependencies,
): MatchInput {
  const { received, entries, bundle } = validated;
  return {
    requests,
    views: new Map(entries.map((view) => [view.index, view])),
    sender: received.from.sender,
    isSummary: definitions.isSummary(bundle),
    lastUpdated: madeAt(edition.lastUpdated, received.receivedAt),
    before,
    mayActFor: (odsCode) => mayActFor(odsCode, received, permit),
    resolve: definitions.resolverOf(entries),
    definitionOf: definitions.definitionOf,
    patients: definitions.patients,
    people: definitions.people,
    patientKeys: patientKeysIn(requests, definitions.patients.type),
    newId,
    idOfKey,
  };
}

async function takeMissing(tx: Queryable, locks: Iterable<string>, held: Set<string>): Promise<void> {
  const missing = new Set([...locks].filter((lock) => !held.has(lock)));
  await takeLocks(tx, missing);
  for (const lock of missing) held.add(lock);
}
