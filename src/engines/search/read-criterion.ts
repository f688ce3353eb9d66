/**
 * One criterion of a query (`code=…`, `date=ge…`, `name:exact=…`, `patient.name=…`) as a condition on a row.
 * @see https://hl7.org/fhir/R4/search.html
 */
import type { SearchParameter } from '../../definitions/table';
import { indexingOf } from '../indexing';
import { splitEscaped } from '../indexing/escape';
import { anyOf, type Clause } from '../indexing/indexing';
import { patientIdsOf } from '../indexing/reference';
import type { SearchedType } from './catalogue';
import { chain, chainInto, has, targetsNamed } from './chain';
import { readComposite } from './composite';
import { fault, found, unknown, type Read, type ReadCriterion } from './criterion';
import { queryIssue, shown } from './issues';
import type { Scope } from './scope';

/** Reads `name=value` as a criterion on resources of the type. `depth` counts the steps into other types. */
export const readCriterion: ReadCriterion = (type, name, value, scope, depth = 0) => {
  if (value === '') return fault(name, 'has no value');
  if (value.includes('\u0000')) return fault(name, 'contains a character that FHIR does not allow');
  const reading = { read: readCriterion, scope, depth };
  if (name.startsWith('_has:')) return has(reading, type, name, value);
  const dot = name.indexOf('.');
  if (dot > 0) return chain(reading, type, name.slice(0, dot), name.slice(dot + 1), value);
  const [code = '', modifier, ...more] = name.split(':');
  const parameter = type.parameters.get(code);
  if (parameter === undefined || more.length > 0 || !isModifier(modifier)) return unknown(type, name);
  const values = splitEscaped(value, ',');
  if (values.length > scope.limits.maxValues)
    return {
      ok: false,
      issue: queryIssue(
        'search-too-many-values',
        `${shown(code)} has more than ${scope.limits.maxValues} alternatives. Send several searches.`,
        'too-costly',
      ),
    };
  if (modifier === 'missing') return readMissing(type, parameter, values);
  if (modifier === 'not' && parameter.type === 'token') {
    const read = readValues(type, parameter, undefined, values, scope);
    if (!read.ok) return read;
    const { clause } = read.criterion;
    return found((alias, bind) => `(${clause(alias, bind)}) IS NOT TRUE`, false);
  }
  return readValues(type, parameter, modifier, values, scope);
};

/** Whether a text could be a modifier. Other texts are not repeated in the answer. */
const isModifier = (modifier: string | undefined): boolean =>
  modifier === undefined || /^[A-Za-z-]{1,64}$/.test(modifier);

function readValues(
  type: SearchedType,
  parameter: SearchParameter,
  modifier: string | undefined,
  values: readonly string[],
  scope: Scope,
): Read {
  if (parameter.anyOf !== undefined) {
    const clauses: Clause[] = [];
    for (const one of membersOf(type, parameter)) {
      const read = readValues(type, one, modifier, values, scope);
      if (!read.ok) return read;
      clauses.push(read.criterion.clause);
    }
    return found(anyOf(clauses), false);
  }
  if (parameter.type === 'composite') return readComposite(type, parameter, modifier, values, scope);
  if (modifier === undefined && isIdentifiers(parameter, values))
    return readValues(type, parameter, 'identifier', values, scope);
  const answer = indexingOf(parameter).ask(parameter, modifier, values, scope.ask);
  if ('fault' in answer) return fault(parameter.code, `cannot be read: ${answer.fault}`);
  if (parameter.type === 'reference' && modifier === 'identifier')
    return found(identifiedTargets(type, parameter, answer.clause, { values, scope }), true);
  return found(answer.clause, isSelective(parameter));
}

/**
 * True for `system|value`, which is not a reference. Consumers of GP Connect write this for what R4 calls
 * `:identifier`.
 */
function isIdentifiers({ type, canonical }: SearchParameter, values: readonly string[]): boolean {
  return (
    type === 'reference' &&
    canonical !== true &&
    values.every((value) => splitEscaped(value, '|').length === 2)
  );
}

/** `:identifier`: the identifier in the Reference itself, or that of the resource that it refers to. */
function identifiedTargets(
  type: SearchedType,
  parameter: SearchParameter,
  own: Clause,
  { values, scope }: { values: readonly string[]; scope: Scope },
): Clause {
  if (parameter.stored === 'owner' && patientIdsOf(values, scope.ask).length === values.length) return own;
  const targets = targetsNamed(parameter, undefined, scope).filter(
    (target) => target.parameters.has('identifier') && scope.allowed(target.type, 's'),
  );
  const read = chainInto(
    { read: readCriterion, scope, depth: 0 },
    { type, parameter },
    targets,
    'identifier',
    values.join(','),
  );
  return read.ok ? anyOf([own, read.criterion.clause]) : own;
}

function readMissing(type: SearchedType, parameter: SearchParameter, values: readonly string[]): Read {
  const [value] = values;
  if (values.length > 1 || (value !== 'true' && value !== 'false'))
    return fault(`${parameter.code}:missing`, 'must be true or false');
  if (parameter.type === 'composite')
    return fault(parameter.code, 'is a composite, and composites have no :missing');
  const parameters = parameter.anyOf === undefined ? [parameter] : membersOf(type, parameter);
  const condition: Clause = (alias) =>
    parameters.map((one) => indexingOf(one).missing(one, alias)).join(' AND ');
  return found(value === 'true' ? condition : (alias, bind) => `NOT (${condition(alias, bind)})`, false);
}

/** The members of a parameter that combines several. */
function membersOf(type: SearchedType, parameter: SearchParameter): SearchParameter[] {
  return (parameter.anyOf ?? []).flatMap((code) => type.parameters.get(code) ?? []);
}

/**
 * Whether few resources have the same value. Many share a code, a status or a trust, and PostgreSQL knows how many; few
 * share a name, an identifier or a stay.
 */
function isSelective(parameter: SearchParameter): boolean {
  if (parameter.type === 'token') return parameter.stored === 'id' || parameter.column.endsWith('identifier');
  if (parameter.type === 'reference') return parameter.refersToOneOfFew !== true;
  return parameter.type === 'string' || parameter.type === 'uri';
}
