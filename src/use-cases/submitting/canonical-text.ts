/**
 * One text for one JSON value, however its keys are ordered: `{"b":1,"a":"x"}` becomes `{"a":"1:x","b":1,}`. For
 * comparing and hashing only; it is not JSON.
 */
import { sortedNames } from '../../fhir/sorted-names';
import type { Json, JsonObject } from '../../fhir/types';

/** What replaces a text. Undefined leaves the text as it is. */
export interface Replacements {
  text?: (text: string) => string | undefined;
  /** For a member of an object, such as `reference`. */
  member?: (name: string, text: string, holder: JsonObject) => string | undefined;
}

/**
 * Makes the canonical text of a value. Each string is preceded by its length, so that it cannot run into the text after
 * it.
 */
export function canonicalText(value: Json | undefined, replacements: Replacements = {}): string {
  if (typeof value === 'string') return replacements.text?.(value) ?? `"${value.length}:${value}"`;
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += `${canonicalText(item, replacements)},`;
    return `${text}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  let text = '{';
  for (const name of sortedNames(value)) {
    const item = value[name];
    if (item === undefined) continue;
    const instead = typeof item === 'string' ? replacements.member?.(name, item, value) : undefined;
    text += `${JSON.stringify(name)}:${instead ?? canonicalText(item, replacements)},`;
  }
  return `${text}}`;
}
