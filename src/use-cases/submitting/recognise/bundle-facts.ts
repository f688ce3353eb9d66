/** Reads the facts of a Bundle for the record of its submission: its type, and its lineage. */
import { indexable } from '../../../definitions/indexable';
import { isMarked } from '../../../fhir/decimal';
import { isObject, type AnyResource, type Json } from '../../../fhir/types';

/** `system|value` of a Bundle.identifier that has both, as the register of submissions holds it. */
export function lineageOf(identifier: unknown): string | undefined {
  if (!isObject(identifier)) return undefined;
  const { system, value } = identifier;
  return isText(system) && isText(value) ? indexable(`${system}|${value}`) : undefined;
}

/** `Bundle.type` of a Bundle that may not be valid. */
export function bundleTypeOf(bundle: AnyResource | undefined): string | undefined {
  return isText(bundle?.type) ? bundle.type.slice(0, 64) : undefined;
}

/** True for a string; false for a number that is kept as text to preserve its digits (1.0). */
function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && !isMarked(value);
}
