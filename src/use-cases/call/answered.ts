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

/** Why there is no answer. Each interface says it in its own way: HTTP with a status and an OperationOutcome. */
export interface Failure {
  category: FailureCategory;
  issues: readonly Issue[];
  /** Of a resource that was withdrawn: the version that says so. */
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

/** A failure, with whom it was about where that is known. */
export const disclosing = <F>(failure: Failed<F>, disclosed: Disclosed = nothing): Answered<never, F> => ({
  ...failure,
  disclosed,
});

/** The answer in another shape; a failure stays as it is. */
export function mapped<T, U, F>(result: Answered<T, F>, shape: (answer: T) => U): Answered<U, F> {
  return result.ok ? { ...result, answer: shape(result.answer) } : result;
}
