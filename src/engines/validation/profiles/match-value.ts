/**
 * How an instance's value compares with what a profile says: exactly (fixed), as far as the pattern goes (pattern), or
 * by the codes of a value set.
 * @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_
 */
import { isNumber, toNumber } from '../../../fhir/decimal';
import type { ValueSetCodes } from '../../../fhir/r4/definitions';
import type { Json } from '../../../fhir/types';
import { isObject } from '../../../fhir/types';

export function equals(value: Json | undefined, fixed: Json | undefined): boolean {
  if (isNumber(value) && isNumber(fixed)) return toNumber(value) === toNumber(fixed);
  if (Array.isArray(value) && Array.isArray(fixed)) {
    return value.length === fixed.length && value.every((item, index) => equals(item, fixed[index]));
  }
  if (isObject(value) && isObject(fixed)) {
    const names = new Set([...Object.keys(value), ...Object.keys(fixed)]);
    return [...names].every((name) => equals(value[name], fixed[name]));
  }
  return value === fixed;
}

/** True where the value has at least what the pattern has: of a list, each item of the pattern matches some item. */
export function matchesPattern(value: Json | undefined, pattern: Json | undefined): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((part) => value.some((item) => matchesPattern(item, part)));
  }
  if (isObject(pattern)) {
    return (
      isObject(value) && Object.keys(pattern).every((name) => matchesPattern(value[name], pattern[name]))
    );
  }
  return equals(value, pattern);
}

/** True of a code, Coding, Quantity or CodeableConcept (by one of its codings) that is in the value set. */
export function isInValueSet(value: Json, codes: ValueSetCodes): boolean {
  if (typeof value === 'string') return [...codes.values()].some((some) => some.has(value));
  if (!isObject(value)) return false;
  if (Array.isArray(value.coding)) return value.coding.some((coding) => isInValueSet(coding, codes));
  return (
    typeof value.code === 'string' &&
    typeof value.system === 'string' &&
    codes.get(value.system)?.has(value.code) === true
  );
}

/** True where a coding of the value uses a code system of the value set. */
export function usesASystemOf(value: Json, codes: ValueSetCodes): boolean {
  if (!isObject(value)) return false;
  if (Array.isArray(value.coding)) return value.coding.some((coding) => usesASystemOf(coding, codes));
  return typeof value.system === 'string' && codes.has(value.system);
}
