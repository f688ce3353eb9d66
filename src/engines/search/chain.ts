/**
 * Compiles criteria on other types, over several steps: chains (`patient.name=…`, `encounter.service-provider.name=…`)
 * and reverse chains (`_has:Observation:patient:code=…`).
 * @see https://hl7.org/fhir/R4/search.html#chaining
 */
import { UUID_IN_EITHER_CASE } from '../../fhir/uuid';
import type { SearchParameter } from '../../definitions/table';
import { splitEscaped } from '../indexing/escape';
import { anyOf, type Bind, type Clause } from '../indexing/indexing';
import { patientIdsOf, refersToAny } from '../indexing/reference';
import type { SearchedType } from './catalogue';
import { didYouMean } from '../../fhir/nearest';
import { fault, forbidden, found, unknown, type ChainReading, type Read } from './criterion';
import { queryIssue, shown } from './issues';
import { byTable, literalOf, rowsOf, seenOfMatches, type Scope } from './scope';

/** A reference parameter, and the type that has it. */
interface Referring {
  type: SearchedType;
  parameter: SearchParameter;
}

/** `head.rest=value`, where head is `parameter` or `parameter:Type`. */
export function chain(
  reading: ChainReading,
  type: SearchedType,
  head: string,
  rest: string,
  value: string,
): Read {
  const { scope, depth } = reading;
  const [code = '', named, ...more] = head.split(':');
  const parameter = type.parameters.get(code);
  if (parameter === undefined || more.length > 0) return unknown(type, `${head}.${rest}`);
  if (parameter.type !== 'reference') return fault(code, 'is not a reference, so it cannot be chained');
  if (parameter.canonical === true)
    return fault(code, 'is a canonical URL, which cannot be chained on this server');
  if (depth >= scope.limits.maxChainDepth) return tooDeep(scope);
  const targets = targetsNamed(parameter, named, scope);
  if (targets.length === 0)
    return named === undefined
      ? fault(head, 'refers to no resource type that this server stores')
      : fault(
          head,
          `does not refer to ${shown(named)}`,
          didYouMean(named, namesOf(parameter, scope), (type) => `\`${code}:${type}\``),
        );
  const first = rest.split(/[:.]/)[0] ?? '';
  const able = first === '_has' ? targets : targets.filter(({ parameters }) => parameters.has(first));
  const [only] = targets;
  if (able.length === 0 && only !== undefined)
    return targets.length === 1
      ? unknown(only, rest)
      : fault(
          `${head}.${first}`,
          'names a parameter that the server does not support for the types it refers to',
          didYouMean(
            first,
            targets.flatMap(({ parameters }) => [...parameters.keys()]),
            (parameter) => `\`${head}.${parameter}\``,
          ),
        );
  const allowed = able.filter((target) => scope.allowed(target.type, 's'));
  if (allowed.length === 0) return forbidden(able.map((target) => target.type));
  return chainInto(reading, { type, parameter }, allowed, rest, value);
}

/** The condition that the reference leads to a resource, of one of these types, that matches `rest=value`. */
export function chainInto(
  { read, scope, depth }: ChainReading,
  { type, parameter }: Referring,
  targets: readonly SearchedType[],
  rest: string,
  value: string,
): Read {
  const clauses: Clause[] = [];
  for (const group of byTable(targets)) {
    const [first] = group;
    if (first === undefined) continue;
    const isOwner = parameter.stored === 'owner' && first.type === scope.ask.patients.type;
    if (isOwner && rest === 'identifier') {
      const values = splitEscaped(value, ',');
      const ids = patientIdsOf(values, scope.ask);
      if (ids.length === values.length) {
        clauses.push(
          refersToAny(
            parameter,
            ids.map((id) => `${first.type}/${id}`),
            scope.ask,
          ),
        );
        continue;
      }
    }
    const criterion = read(first, rest, value, scope, depth + 1);
    if (!criterion.ok) return criterion;
    const { clause, selective } = criterion.criterion;
    clauses.push((alias, bind) => {
      const target = scope.alias();
      const from = rowsOf(first, target, scope, bind);
      const matches = [clause(target, bind)];
      const sees = seenOfMatches(group, target, scope, { from, where: matches, selective }, bind);
      const where = [...sees, ...matches].join(' AND ');
      if (isOwner)
        return within(`${alias}.patient_id`, `SELECT ${target}.id FROM ${from} WHERE ${where}`, selective);
      const found = `SELECT ${literalOf(group, target, bind)} FROM ${from} WHERE ${where}`;
      return parameter.multiple
        ? refersToOneOf({ type, parameter }, alias, found, scope, bind)
        : within(`${alias}.${parameter.column}`, found, selective);
    });
  }
  return clauses.length === 0 ? found(() => 'FALSE', true) : found(anyOf(clauses), true);
}

/**
 * `_has:Type:parameter:rest=value`: some resource of the type refers to this one by the parameter, and matches
 * `rest=value`.
 */
export function has(
  { read, scope, depth }: ChainReading,
  type: SearchedType,
  name: string,
  value: string,
): Read {
  const match = /^_has:([A-Za-z]+):([A-Za-z_-]+):(.+)$/.exec(name);
  if (match === null) return fault(name, 'should be `_has:Type:reference:parameter`');
  const [, sourceName = '', code = '', rest = ''] = match;
  if (depth >= scope.limits.maxChainDepth) return tooDeep(scope);
  const source = scope.catalogue.types.get(sourceName);
  if (source === undefined)
    return fault(
      '_has',
      `names ${shown(sourceName)}, which is not a resource type that this server stores`,
      didYouMean(sourceName, scope.catalogue.names),
    );
  const parameter = source.parameters.get(code);
  if (parameter === undefined) return unknown(source, code);
  if (
    parameter.type !== 'reference' ||
    (parameter.targets !== undefined && !parameter.targets.includes(type.type))
  )
    return fault('_has', `names ${shown(code)}, which does not refer to ${type.type}`);
  if (!scope.allowed(sourceName, 's')) return forbidden([sourceName]);
  const criterion = read(source, rest, value, scope, depth + 1);
  if (!criterion.ok) return criterion;
  const { clause, selective } = criterion.criterion;
  return found((alias, bind) => {
    const row = scope.alias();
    const from = rowsOf(source, row, scope, bind);
    const matches = [clause(row, bind)];
    const sees = seenOfMatches([source], row, scope, { from, where: matches, selective }, bind);
    const where = [...sees, ...matches];
    if (parameter.stored === 'owner' && type.type === scope.ask.patients.type)
      return within(
        `${alias}.id`,
        `SELECT ${row}.patient_id FROM ${from} WHERE ${where.join(' AND ')}`,
        selective,
      );
    const item = parameter.multiple ? `${row}_item` : `${row}.${parameter.column}`;
    const items = parameter.multiple ? `, unnest(${row}.${parameter.column}) AS ${item}` : '';
    const prefix = `${type.type}/`;
    const id = `CASE WHEN ${item} ~ ${bind(`^${prefix}${UUID_IN_EITHER_CASE}$`, 'text')} THEN substr(${item}, ${prefix.length + 1})::uuid END`;
    where.push(`starts_with(${item}, ${bind(prefix, 'text')})`);
    return within(`${alias}.id`, `SELECT ${id} FROM ${from}${items} WHERE ${where.join(' AND ')}`, selective);
  }, true);
}

/**
 * If few rows are expected, finds them first and looks up by them; otherwise joins. Of a list, PostgreSQL expects few
 * values too, but would compare each row with each of them: where somebody has stored very many, for ever. A list as a
 * table is looked up by an index or by a hash.
 */
function within(column: string, found: string, selective: boolean): string {
  return `${column} IN (${selective ? `SELECT unnest(ARRAY(${found}))` : found})`;
}

/**
 * The same for a list of references. Where it has an index, each value is looked up by itself: to look up all at once
 * takes a time that grows with the square of their number.
 */
function refersToOneOf(
  { type, parameter: { column } }: Referring,
  alias: string,
  found: string,
  scope: Scope,
  bind: Bind,
): string {
  const values = `unnest(ARRAY(${found}))`;
  const isIndexed = type.table.indexes?.some(({ on, using }) => on === column && using === 'gin');
  // A comparison alone would be joined, and then each row compared with each value.
  if (isIndexed !== true)
    return `EXISTS (SELECT 1 FROM unnest(${alias}.${column}) AS item WHERE (item IN (SELECT ${values})) IS TRUE)`;
  const row = scope.alias();
  const holder = `SELECT ${row}.id FROM ${rowsOf(type, row, scope, bind)} WHERE ${row}.${column} @> ARRAY[one.value]`;
  return `${alias}.id IN (SELECT holder.id FROM ${values} AS one(value), LATERAL (${holder}) AS holder)`;
}

/** The stored types that a reference parameter may lead to: the named one, or all of its targets. */
export function targetsNamed(
  parameter: SearchParameter,
  named: string | undefined,
  { catalogue }: Pick<Scope, 'catalogue'>,
): SearchedType[] {
  const targets = namesOf(parameter, { catalogue });
  const names = named === undefined ? targets : targets.filter((target) => target === named);
  return names.flatMap((name) => catalogue.types.get(name) ?? []);
}

function namesOf({ targets }: SearchParameter, { catalogue }: Pick<Scope, 'catalogue'>): readonly string[] {
  return targets ?? catalogue.names;
}

function tooDeep({ limits }: Scope): Read {
  return {
    ok: false,
    issue: queryIssue(
      'search-chain-too-deep',
      `The chain has too many steps. Use at most ${limits.maxChainDepth}.`,
      'too-costly',
    ),
  };
}
