/**
 * How an invariant looks at an element whose shape is not proven: presence as FHIRPath's `exists()` has it (a value or
 * the extensions of a missing one), lists, and texts.
 */
import type { Json, JsonObject } from '../../types';
import { isObject } from '../../types';

/** True where the element has a value, or extensions in place of one. */
export function has(value: JsonObject, name: string): boolean {
  const found = value[name];
  if (found !== undefined && found !== null) return !Array.isArray(found) || found.length > 0;
  const companion = value[`_${name}`];
  return companion !== undefined && companion !== null;
}

/** True where a choice element (`value` for `value[x]`) has a value of any type. */
export function hasChoice(value: JsonObject, name: string): boolean {
  for (const key in value) {
    const start = key.charCodeAt(0) === 95 ? 1 : 0;
    if (key.startsWith(name, start) && isUpperCase(key.charCodeAt(start + name.length))) return true;
  }
  return false;
}

function isUpperCase(code: number): boolean {
  return code >= 65 && code <= 90;
}

/** The items of a list, or the lone value as the only one. */
export function items(value: JsonObject, name: string): readonly Json[] {
  const found = value[name];
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? found : [found];
}

/** The items of a list that are objects. */
export function objects(value: JsonObject, name: string): JsonObject[] {
  return items(value, name).filter(isObject);
}

/** The text of an element, where it is one. */
export function text(value: JsonObject, name: string): string | undefined {
  const found = value[name];
  return typeof found === 'string' ? found : undefined;
}

/** True where a CodeableConcept has the coding. */
export function hasCoding(concept: Json | undefined, system: string, ...codes: string[]): boolean {
  if (!isObject(concept)) return false;
  return objects(concept, 'coding').some(
    (coding) => coding.system === system && typeof coding.code === 'string' && codes.includes(coding.code),
  );
}

/** How many of the elements are there. */
export function countOf(value: JsonObject, ...names: string[]): number {
  return names.filter((name) => has(value, name)).length;
}

/** True where no two values are the same; absent ones set aside. */
export function isDistinct(values: readonly (Json | undefined)[]): boolean {
  const given = values.filter((value) => value !== undefined);
  return new Set(given.map((value) => JSON.stringify(value))).size === given.length;
}
