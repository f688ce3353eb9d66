/**
 * What a use case returns: an answer, or a failure as a value, and in both cases what it disclosed. There is no answer
 * without `disclosed`, so an interface that passes an answer on has what the audit record is made of.
 * @see docs/decisions/0044-what-use-cases-disclose.md
 */
import type { FailureCategory, Issue } from '../../fhir/issue';
import { type Disclosed, nothing } from './disclosed';

export type Answered<T, F = Failure> = { disclosed: Disclosed } & Result<T, F>;

export type Result<T, F = Failure> = { ok: true; answer: T } | Failed<F>;

export interface Failed<F = Failure> {
  ok: false;
  failure: F;
}

/**
 * The reason why there is no answer. Each interface presents it: HTTP, for example, as a status and an
 * OperationOutcome.
 */
export interface Failure {
  category: FailureCategory;
  issues: readonly Issue[];
  /** For a withdrawn resource: the version that records the withdrawal. */
  version?: { version: number; lastUpdated: Date };
}

export const answered = <T>(answer: T, disclosed: Disclosed): Answered<T, never> => ({
  ok: true,
  answer,
  disclosed,
});

/** A failure of one error. */
export const failed = (
  category: FailureCategory,
  issue: Omit<Issue, 'severity'>,
  version?: Failure['version'],
): Failed => ({
  ok: false,
  failure: { category, issues: [{ severity: 'error', ...issue }], ...(version ? { version } : {}) },
});

/** A failure together with the patients that it concerns, when they are known. */
export const disclosing = <F>(failure: Failed<F>, disclosed: Disclosed = nothing): Answered<never, F> => ({
  ...failure,
  disclosed,
});

/** Converts the answer to another shape, and leaves a failure as it is. */
export function mapped<T, U, F>(result: Answered<T, F>, shape: (answer: T) => U): Answered<U, F> {
  return result.ok ? { ...result, answer: shape(result.answer) } : result;
}

/** The answer of a use case that cannot fail. */
export function certain<T>(result: Answered<T, never>): T {
  if (result.ok) return result.answer;
  throw result.failure as Error;
}
