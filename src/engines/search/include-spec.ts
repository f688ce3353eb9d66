/**
 * Reads `_include` and `_revinclude`: `Observation:encounter`, `Observation:subject:Patient`, `Observation:*`, `*`.
 * @see https://hl7.org/fhir/R4/search.html#include
 */
import type { SearchParameter } from '../../definitions/table';
import type { Issue } from '../../fhir/issue';
import { didYouMean, nearestName } from '../../fhir/nearest';
import type { SearchedType } from './catalogue';
import { forbidden } from './criterion';
import { queryIssue, shown } from './issues';
import type { Scope } from './scope';

/** A reference parameter of a type that an include follows. */
export interface Followed {
  source: SearchedType;
  parameter: SearchParameter;
}

export interface IncludeSpec {
  /** True for `_revinclude`: from the resource to those that refer to it. */
  reverse: boolean;
  iterate: boolean;
  followed: readonly Followed[];
  /** The types that may be included. */
  into: ReadonlySet<string>;
  /** True for `_revinclude=*`: only resources of the same patient are searched, to limit the work. */
  ofSamePatient?: true;
}

/** @param type the searched type, for `*` */
export function readInclude(
  type: SearchedType,
  value: string,
  reverse: boolean,
  iterate: boolean,
  scope: Scope,
): { spec: IncludeSpec } | { issue: Issue } {
  const name = reverse ? '_revinclude' : '_include';
  const mayRead = (each: string): boolean => scope.allowed(each, 'r');
  if (value === '*') {
    const followed = reverse
      ? referringTo(type.type, scope).filter(({ source }) => mayRead(source.type))
      : referencesOf(type);
    const into = new Set(scope.catalogue.names.filter(mayRead));
    return {
      spec: { reverse, iterate, followed, into, ...(reverse ? { ofSamePatient: true as const } : {}) },
    };
  }
  const [sourceName = '', code = '', target, ...more] = value.split(':');
  const source = scope.catalogue.types.get(sourceName);
  if (source === undefined || code === '' || more.length > 0)
    return bad(
      name,
      'must be `Type:parameter`, `Type:parameter:Target` or `Type:*`, with resource types that this server stores',
      meantBy(type, value, scope),
    );
  const followed =
    code === '*'
      ? referencesOf(source)
      : referencesOf(source).filter(({ parameter }) => parameter.code === code);
  if (followed.length === 0)
    return bad(
      name,
      `names ${shown(code)}, which is not a reference parameter of ${sourceName}`,
      didYouMean(code, codesOf(source), (near) => `\`${sourceName}:${near}\``),
    );
  const targets = targetsOf(followed, scope);
  if (target !== undefined && !targets.includes(target))
    return bad(
      name,
      `names a target type that ${shown(`${sourceName}:${code}`)} does not refer to`,
      didYouMean(target, targets, (near) => `\`${sourceName}:${code}:${near}\``),
    );
  if (reverse) {
    if (!mayRead(sourceName)) return refused([sourceName]);
    return { spec: { reverse, iterate, followed, into: new Set([sourceName]) } };
  }
  const wanted = target === undefined ? targets : [target];
  const into = wanted.filter(mayRead);
  return into.length === 0 && wanted.length > 0
    ? refused(wanted)
    : { spec: { reverse, iterate, followed, into: new Set(into) } };
}

/** Whether the parameter leads from one resource to another by its id; canonical addresses do not. */
export function isFollowed(parameter: SearchParameter): boolean {
  return parameter.type === 'reference' && parameter.anyOf === undefined && parameter.canonical !== true;
}

export function referencesOf(source: SearchedType): Followed[] {
  return source.searchParameters.filter(isFollowed).map((parameter) => ({ source, parameter }));
}

/**
 * Every reference parameter that can lead to the type; parameters that share a column occur once. The audit trail
 * refers to everything, so it is included only when it is named.
 */
function referringTo(type: string, { catalogue }: Scope): Followed[] {
  const found = new Map<string, Followed>();
  for (const source of catalogue.types.values())
    for (const followed of referencesOf(source)) {
      const { targets, column } = followed.parameter;
      if (targets?.includes(type) === false || source.table.history === false) continue;
      const key = `${source.type}.${column}`;
      if (!found.has(key)) found.set(key, followed);
    }
  return [...found.values()];
}

function targetsOf(followed: readonly Followed[], { catalogue }: Scope): string[] {
  const targets = followed.flatMap(({ parameter }) => parameter.targets ?? catalogue.names);
  return [...new Set(targets)].filter((target) => catalogue.types.has(target));
}

function refused(types: readonly string[]): { issue: Issue } {
  const read = forbidden(types);
  return read.ok ? bad('_include', 'is not allowed') : { issue: read.issue };
}

const codesOf = (source: SearchedType): string[] =>
  referencesOf(source).map(({ parameter }) => parameter.code);

/** What was probably meant by a value without a known type: `encounter`, `Obervation:encounter`. */
function meantBy(type: SearchedType, value: string, { catalogue }: Scope): string {
  const [first = '', ...rest] = value.split(':');
  if (rest.length === 0) return didYouMean(first, codesOf(type), (near) => `\`${type.type}:${near}\``);
  const source = catalogue.types.get(nearestName(first, catalogue.names) ?? '');
  if (source === undefined || rest.length > 2) return '';
  const [code = '', ...target] = rest;
  const near = code === '*' ? code : nearestName(code, codesOf(source));
  // Repeats a word of the request only if it is the name of a type.
  const known = target.filter((name) => catalogue.types.has(name));
  return near === undefined ? '' : ` Did you mean \`${[source.type, near, ...known].join(':')}\`?`;
}

/** @param hint a sentence that follows, such as ` Did you mean …?` */
function bad(name: string, sentence: string, hint = ''): { issue: Issue } {
  return { issue: queryIssue('search-include', `${shown(name)} ${sentence}.${hint}`) };
}
