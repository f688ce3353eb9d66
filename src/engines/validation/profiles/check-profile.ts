/**
 * Checks an instance against a profile's tree: cardinality, fixed values and patterns, types, reference targets,
 * bindings, slices and constraints. What R4 itself requires is not repeated.
 */
import { profileIssues } from '../../../definitions/issues/of-validation';
import type { Issue, Severity } from '../../../fhir/issue';
import type { ValueSets } from '../../../terminology/value-sets';
import { isResourceType, typeDefinition } from '../../../fhir/r4/definitions';
import type { Json, JsonObject } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';
import {
  expressionCheck,
  type ExpressionCheck,
  type ExpressionContext,
} from '../structure/fhirpath-invariant';
import { parseLiteral } from '../structure/literal-reference';
import type { ElementValue } from './element-values';
import { valuesOf } from './element-values';
import { sliceTest, type SliceTest } from './match-slice';
import { equals, isInValueSet, matchesPattern, usesASystemOf } from './match-value';
import type { Profile, ProfileConstraint, ProfileNode, ProfileType } from './profile-node';

/** What a check needs to know of the other profiles and of terminology. */
export interface ProfileWorld {
  valueSets: ValueSets;
  profile(url: string): Profile | undefined;
}

export interface ProfileVisit extends ExpressionContext {
  /** The other profiles, and terminology. */
  world: ProfileWorld;
  issues: Issue[];
  profile: Profile;
  /** The severity of its issues, if it is not the usual one. */
  severity: Severity | undefined;
  depth: number;
}

export type ProfileRuleId = keyof typeof profileIssues;

const MAX_DEPTH = 60;
const CORE = 'http://hl7.org/fhir/StructureDefinition/';

export function checkNode(node: ProfileNode, value: ElementValue, at: string, visit: ProfileVisit): void {
  if (visit.depth > MAX_DEPTH) return;
  visit.depth += 1;
  const given = value.value;
  if (given !== undefined) {
    checkValue(node, given, value.type, at, visit);
    if (isObject(given)) {
      for (const child of node.children.values()) checkChild(child, given, value.type, at, visit);
      checkChoices(node, given, value.type, at, visit);
    }
    checkConstraints(node.constraints, given, value.type, at, visit);
  }
  visit.depth -= 1;
}

function checkChild(
  node: ProfileNode,
  object: JsonObject,
  type: string,
  at: string,
  visit: ProfileVisit,
): void {
  const found = valuesOf(object, type, node.segment);
  if (!found) return;
  const { values, name } = found;
  checkCount(node, values.length, found.min, `${at}.${name}`, visit);
  for (const value of values) checkNode(node, value, `${at}.${value.at}`, visit);
  if (node.slices.size > 0) checkSlices(node, values, at, name, visit);
}

/**
 * A profile that speaks of `valueQuantity`, and does not list types for `value[x]`, limits the choice to that type.
 * @see https://hl7.org/fhir/R4/profiling.html#shortcuts
 */
function checkChoices(
  node: ProfileNode,
  object: JsonObject,
  type: string,
  at: string,
  visit: ProfileVisit,
): void {
  const definition = typeDefinition(type);
  const limited = new Map<string, string[]>();
  for (const segment of node.children.keys()) {
    const element = definition?.byName.get(segment)?.element;
    if (element?.isChoice === true && node.children.get(`${element.name}[x]`)?.types === undefined)
      limited.set(element.name, [...(limited.get(element.name) ?? []), segment]);
  }
  for (const [name, allowed] of limited) {
    const isAnother = Object.keys(object).some((key) => {
      const json = key.startsWith('_') ? key.slice(1) : key;
      return definition?.byName.get(json)?.element.name === name && !allowed.includes(json);
    });
    if (isAnother) tell(visit, 'profile-type', `${at}.${name}`, `It must be ${allowed.join(' or ')}.`);
  }
}

function checkCount(node: ProfileNode, count: number, r4Min: number, at: string, visit: ProfileVisit): void {
  if (node.min !== undefined && count < node.min && node.min > r4Min) {
    const text = node.min === 1 ? 'It is missing.' : `There are ${count}. The minimum is ${node.min}.`;
    tell(visit, 'profile-required', at, text);
  }
  if (node.max !== undefined && count > node.max) {
    tell(
      visit,
      'profile-cardinality',
      at,
      node.max === 0 ? 'It is not allowed here.' : `There are ${count}. The maximum is ${node.max}.`,
    );
  }
}

const sliceTests = new WeakMap<ProfileNode, Map<ProfileNode, SliceTest | undefined>>();

function testsOf(node: ProfileNode, world: ProfileWorld): Map<ProfileNode, SliceTest | undefined> {
  const known = sliceTests.get(node);
  if (known) return known;
  const tests = new Map(
    [...node.slices.values()].map((slice) => [slice, sliceTest(node, slice, world.valueSets)]),
  );
  sliceTests.set(node, tests);
  return tests;
}

function checkSlices(
  node: ProfileNode,
  values: readonly ElementValue[],
  at: string,
  name: string,
  visit: ProfileVisit,
): void {
  const tests = testsOf(node, visit.world);
  const unmatched = new Set(values);
  let canTellAll = true;
  for (const [slice, test] of tests) {
    if (!test) {
      canTellAll = false;
      continue;
    }
    const matching = values.filter((value) => test(value));
    for (const value of matching) {
      unmatched.delete(value);
      checkNode(slice, value, `${at}.${value.at}`, visit);
    }
    const place = `${at}.${name}`;
    if (slice.min !== undefined && matching.length < slice.min) {
      tell(
        visit,
        'profile-slice',
        place,
        `The part "${slice.sliceName}" is needed${slice.min > 1 ? ` ${slice.min} times` : ''}.`,
      );
    }
    const max = mostOf(slice, visit.world);
    if (matching.length > max) {
      const times = max === 1 ? 'once' : `${max} times`;
      const allowed = max === 0 ? 'is not allowed' : `is allowed ${times} at most`;
      tell(visit, 'profile-slice', place, `The part "${slice.sliceName}" ${allowed}.`);
    }
  }
  if (!node.slicing?.isClosed || !canTellAll) return;
  for (const value of unmatched)
    tell(
      visit,
      'profile-slice',
      `${at}.${value.at}`,
      'Only the parts that the profile names are allowed here.',
    );
}

/** How often a slice may be there. Of an extension its own definition says so, too (the max of its root). */
function mostOf({ max = Infinity, segment, types }: ProfileNode, world: ProfileWorld): number {
  const [url, ...others] = segment.endsWith('xtension')
    ? (types?.flatMap(({ profiles }) => profiles) ?? [])
    : [];
  if (url === undefined || others.length > 0) return max;
  return Math.min(max, world.profile(url)?.root.max ?? Infinity);
}

function checkValue(node: ProfileNode, value: Json, type: string, at: string, visit: ProfileVisit): void {
  if (node.fixed !== undefined && !equals(value, node.fixed)) {
    tell(visit, 'profile-fixed', at, `It must be ${sayable(node.fixed)}.`);
  } else if (node.pattern !== undefined && !matchesPattern(value, node.pattern)) {
    tell(visit, 'profile-fixed', at, `It must have ${sayable(node.pattern)}.`);
  }
  if (node.types) checkType(node.types, value, type, at, visit);
  if (node.binding) checkBinding(node.binding, value, at, visit);
}

function checkType(
  types: readonly ProfileType[],
  value: Json,
  type: string,
  at: string,
  visit: ProfileVisit,
): void {
  const isNamed = /^[A-Za-z]+$/.test(type) && types.every(({ code }) => /^[A-Za-z]+$/.test(code));
  const allowed = types.filter(
    ({ code }) => code === type || code === 'Resource' || code === 'DomainResource',
  );
  if (
    isNamed &&
    allowed.length === 0 &&
    !types.some(({ code }) => code === 'BackboneElement' || code === 'Element')
  ) {
    tell(visit, 'profile-type', at, `Its type must be ${types.map(({ code }) => code).join(' or ')}.`);
    return;
  }
  if (!isObject(value)) return;
  if (type === 'Reference') checkTargets(allowed, value, at, visit);
  if (type === 'Extension') return;
  // A datatype's own profile; several are alternatives, of which one would have to be chosen.
  const profiles = allowed.flatMap(({ profiles: some }) => some);
  const profile = profiles.length === 1 ? visit.world.profile(profiles[0] as string) : undefined;
  if (profile) checkNode(profile.root, { value, type, at: '' }, at, visit);
}

function checkTargets(
  types: readonly ProfileType[],
  value: JsonObject,
  at: string,
  visit: ProfileVisit,
): void {
  const targets = types.flatMap((type) => type.targets);
  const literal = typeof value.reference === 'string' ? parseLiteral(value.reference) : undefined;
  if (targets.length === 0 || !literal) return;
  const names = targets.map((target) => typeOfTarget(target, visit.world));
  if (names.includes(undefined) || names.includes('Resource') || names.includes(literal.type)) return;
  tell(
    visit,
    'profile-reference',
    `${at}.reference`,
    `It points to a ${literal.type}, but must point to ${[...new Set(names)].join(' or ')}.`,
  );
}

function typeOfTarget(url: string, world: ProfileWorld): string | undefined {
  const name = url.startsWith(CORE) ? url.slice(CORE.length) : '';
  return isResourceType(name) || name === 'Resource' ? name : world.profile(url)?.type;
}

function checkBinding(
  binding: NonNullable<ProfileNode['binding']>,
  value: Json,
  at: string,
  visit: ProfileVisit,
): void {
  const codes = visit.world.valueSets.codesOf(binding.valueSet);
  if (!codes || isInValueSet(value, codes)) return;
  if (binding.strength === 'required') {
    tell(visit, 'profile-binding', at, `A code of ${binding.valueSet} is needed.`);
  } else if (usesASystemOf(value, codes)) {
    tell(visit, 'profile-binding', at, `The code is not in ${binding.valueSet}.`, 'warning');
  }
}

const compiled = new WeakMap<ProfileConstraint, ExpressionCheck>();

function checkConstraints(
  constraints: readonly ProfileConstraint[],
  value: Json,
  type: string,
  at: string,
  visit: ProfileVisit,
): void {
  for (const constraint of constraints) {
    let check = compiled.get(constraint);
    if (!check) compiled.set(constraint, (check = expressionCheck(constraint.expression, type, true)));
    if (!check(value, visit))
      tell(visit, 'profile-invariant', at, `${constraint.key} does not hold: ${constraint.human}`);
  }
}

function tell(
  visit: ProfileVisit,
  rule: ProfileRuleId,
  expression: string,
  text: string,
  severity: Severity = 'error',
): void {
  const { name, url } = visit.profile;
  visit.issues.push({
    severity: severity === 'error' ? (visit.severity ?? 'error') : severity,
    code: profileIssues[rule].code,
    rule,
    text: `${text} The profile ${name} requires this.`,
    expression,
    source: url,
  });
}

/** A fixed value or pattern of a profile, for a sentence. */
function sayable(value: Json): string {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > 200 ? 'what the profile fixes' : text;
}
