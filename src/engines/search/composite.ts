/**
 * Composite criteria: `code-value-quantity=…$…`.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
import type { SearchParameter } from '../../definitions/table';
import { indexingOf } from '../indexing';
import { partColumns } from '../indexing/composite';
import { splitEscaped } from '../indexing/escape';
import { anyOf, type Clause } from '../indexing/indexing';
import type { SearchedType } from './catalogue';
import { fault, found, type Read } from './criterion';
import type { Scope } from './scope';

/** `code$value`: all components must match, in the resource itself or in one of its elements. */
export function readComposite(
  type: SearchedType,
  parameter: SearchParameter,
  modifier: string | undefined,
  values: readonly string[],
  scope: Scope,
): Read {
  if (modifier !== undefined)
    return fault(parameter.code, 'is a composite, and composites have no modifiers');
  const { parts } = parameter;
  const own =
    parts === undefined || parameter.paths.includes('')
      ? (parts?.map(({ code }) => code) ?? parameter.components ?? []).flatMap(
          (code) => type.parameters.get(code) ?? [],
        )
      : undefined;
  const alternatives: Clause[] = [];
  for (const value of values) {
    const pieces = splitEscaped(value, '$');
    const wanted = parts?.length ?? own?.length ?? 0;
    if (pieces.length !== wanted)
      return fault(
        parameter.code,
        `needs ${wanted} values separated by $, for ${parameter.components?.join(' and ')}`,
      );
    for (const components of [own, parts]) {
      if (components === undefined) continue;
      const clauses: Clause[] = [];
      for (const [index, component] of components.entries()) {
        const answer = indexingOf(component).ask(component, undefined, [pieces[index] ?? ''], scope.ask);
        if ('fault' in answer) return fault(parameter.code, `cannot be read: ${answer.fault}`);
        clauses.push(answer.clause);
      }
      alternatives.push(
        components === own ? all(clauses) : withinOneElement(type, parameter, clauses, scope),
      );
    }
  }
  return found(anyOf(alternatives), false);
}

function all(clauses: readonly Clause[]): Clause {
  return (alias, bind) => `(${clauses.map((clause) => clause(alias, bind)).join(' AND ')})`;
}

function withinOneElement(
  type: SearchedType,
  parameter: SearchParameter,
  clauses: readonly Clause[],
  scope: Scope,
): Clause {
  const sharing = type.searchParameters.filter((other) => other.parts && other.column === parameter.column);
  const columns = partColumns(sharing, indexingOf).map(({ name, type: sqlType }) => `"${name}" ${sqlType}`);
  return (alias, bind) => {
    const element = scope.alias();
    return (
      `EXISTS (SELECT 1 FROM jsonb_to_recordset(${alias}.${parameter.column}) AS ${element}(${columns.join(', ')})` +
      ` WHERE ${clauses.map((clause) => clause(element, bind)).join(' AND ')})`
    );
  };
}
