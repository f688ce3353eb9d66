/** A criterion of a query once read, or why it cannot be. */
import type { Issue } from '../fhir/issue';
import type { Clause } from '../indexing/indexing';
import type { SearchedType } from './catalogue';
import { queryIssue, shown } from './issues';
import type { Scope } from './scope';

/** A condition. `selective` tells that few rows can meet it, so that sorting must not steer the plan. */
export interface Criterion {
  clause: Clause;
  selective: boolean;
}

export type Read = { ok: true; criterion: Criterion } | { ok: false; issue: Issue };

/** Reads `name=value` as a criterion on resources of the type. `depth` counts the steps taken into other types. */
export type ReadCriterion = (
  type: SearchedType,
  name: string,
  value: string,
  scope: Scope,
  depth?: number,
) => Read;

export function found(clause: Clause, selective: boolean): Read {
  return { ok: true, criterion: { clause, selective } };
}

export function fault(name: string, sentence: string): Read {
  return { ok: false, issue: queryIssue('search-value', `The search parameter ${shown(name)} ${sentence}.`) };
}

/** The refusal of a parameter that the type does not have, with the ones it has. */
export function unknown(type: SearchedType, name: string): Read {
  const offered = [...type.parameters.keys()].join(', ');
  return {
    ok: false,
    issue: queryIssue(
      'search-unknown-parameter',
      `${shown(name)} is not a search parameter of ${type.type} here; these are: ${offered}.`,
      'not-supported',
    ),
  };
}
/** The refusal of a search that reaches into types that the caller may not search. */
export function forbidden(types: readonly string[]): Read {
  const listed = types.slice(0, 5).join(', ');
  return {
    ok: false,
    issue: queryIssue(
      'search-scope',
      `This search reaches into ${listed}; that needs a scope such as system/${types[0]}.rs.`,
      'forbidden',
    ),
  };
}
