/** The result of reading a criterion of a query: a condition, or the reason why it cannot be read. */
import type { Issue } from '../../fhir/issue';
import { bareName, nearestName } from '../../fhir/nearest';
import type { Clause } from '../indexing/indexing';
import type { SearchedType } from './catalogue';
import { queryIssue, shown } from './issues';
import type { Scope } from './scope';

/** A condition. `selective` says that few rows can match, so that the sort order must not decide the plan. */
export interface Criterion {
  clause: Clause;
  selective: boolean;
}

export type Read = { ok: true; criterion: Criterion } | { ok: false; issue: Issue };

/** Reads `name=value` as a criterion on resources of the type. `depth` counts the steps into other types. */
export type ReadCriterion = (
  type: SearchedType,
  name: string,
  value: string,
  scope: Scope,
  depth?: number,
) => Read;

/**
 * The state for reading the rest of a chain: the reader, the scope, and how many steps into other types came before.
 */
export interface ChainReading {
  read: ReadCriterion;
  scope: Scope;
  depth: number;
}

export function found(clause: Clause, selective: boolean): Read {
  return { ok: true, criterion: { clause, selective } };
}

/** @param hint a sentence that follows, such as ` Did you mean …?` */
export function fault(name: string, sentence: string, hint = ''): Read {
  return {
    ok: false,
    issue: queryIssue('search-value', `The search parameter ${shown(name)} ${sentence}.${hint}`),
  };
}

/**
 * The refusal of a parameter that the type does not have, with the one that was probably meant, or those that it has.
 * @param others names that are allowed in the query beside the search parameters
 */
export function unknown(type: SearchedType, name: string, others: readonly string[] = []): Read {
  const meant = meantBy(type, name, others);
  const hint = meant ?? `Use one of ${[...type.parameters.keys()].join(', ')}.`;
  return {
    ok: false,
    issue: queryIssue(
      'search-unknown-parameter',
      `This server has no search parameter ${shown(name)} for ${type.type}. ${hint}`,
      'not-supported',
    ),
  };
}

/** Matches common names of the NHS number, in any spelling. */
const NHS_NUMBER = /^(?:patient)?nhs(?:number|no)?$/;

/** A sentence with the name that was probably meant; undefined when none is similar. */
function meantBy(type: SearchedType, name: string, others: readonly string[]): string | undefined {
  const code = name.split(/[:.]/)[0] ?? '';
  if (NHS_NUMBER.test(bareName(code))) {
    return byNhsNumber(type);
  }
  const known = type.parameters.has(code)
    ? undefined
    : (parameterNear(type, code) ?? nearestName(code, others));
  return known && `Did you mean \`${known}${name.slice(code.length)}\`?`;
}

/** How to search the type by NHS number. */
export function byNhsNumber(type: SearchedType): string {
  const parameter = ['patient', 'subject'].find((each) => type.parameters.has(each));
  const search = parameter === undefined ? 'identifier' : `${parameter}:identifier`;
  return `To search by NHS number, use ${search}=https://fhir.nhs.uk/Id/nhs-number|<number>.`;
}

/** The parameter with a similar name, or the one that searches the element of this name (`effective` is `date`). */
export function parameterNear(type: SearchedType, code: string): string | undefined {
  const near = nearestName(code, type.parameters.keys());
  if (near !== undefined) return near;
  return [...type.parameters.values()].find(({ paths }) => paths.some((path) => isElement(path, code)))?.code;
}

/** Whether a path is that of the element, or of one of its types: `effectiveDateTime` for `effective`. */
function isElement(path: string, element: string): boolean {
  const rest = path.slice(element.length);
  return path.slice(0, element.length).toLowerCase() === element.toLowerCase() && /^(?:[A-Z].*)?$/.test(rest);
}

/** The refusal of a search that uses types that the caller may not search. */
export function forbidden(types: readonly string[]): Read {
  const listed = types.slice(0, 5).join(', ');
  return {
    ok: false,
    issue: queryIssue(
      'search-scope',
      `This search uses ${listed}. It needs a scope such as system/${types[0]}.rs.`,
      'forbidden',
    ),
  };
}
