/**
 * The JSON shapes of FHIR R4 that every part shares. `@types/fhir` (the global namespace `fhir4`) names each
 * resource type; what arrives from outside is only `Json` until it has been validated.
 * @see https://hl7.org/fhir/R4/json.html
 */

/** Any JSON value. Numbers whose text would not survive `JSON.parse` are carried as `src/fhir/decimal.ts` says. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** A resource of any type, not yet known to be valid: an object with a `resourceType`. */
export interface AnyResource extends JsonObject {
  resourceType: string;
  id?: string;
}

/** True of a JSON object: not null, not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True of an object that names its resource type. A number that is carried as marked text (`decimal.ts`) is no name. */
export function isResource(value: unknown): value is AnyResource {
  if (!isObject(value)) return false;
  const { resourceType } = value;
  return typeof resourceType === 'string' && resourceType.charCodeAt(0) !== 0;
}

/** The value as a list: absent becomes empty, a lone value a list of one. For reading values of unproven shape. */
export function listOf<T>(value: T | T[] | null | undefined): T[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
