/** Reads what the References of a resource name, if they are literal or name a patient by NHS number. */
import type { Patients } from '../../../definitions/patients';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../../fhir/types';
import { isUuid } from '../../../fhir/uuid';

/**
 * The id in a literal reference to a resource of this server: `Patient/<uuid>`, with or without a version. A base
 * address before it is ignored, because the server's address can change and no other server has this server's ids.
 */
export function serverIdOf(reference: JsonObject, type: string): string | undefined {
  const name = literalName(reference);
  return name?.type === type ? name.id : undefined;
}

/** The type and id in a literal reference to a resource of this server. */
export function literalName(reference: JsonObject): { type: string; id: string } | undefined {
  const name = anyLiteralName(reference);
  return name && isUuid(name.id) ? { type: name.type, id: name.id.toLowerCase() } : undefined;
}

/** The type and id in a literal reference, also where the id can be none of this server. */
export function anyLiteralName(reference: JsonObject): { type: string; id: string } | undefined {
  const text = typeof reference.reference === 'string' ? reference.reference : '';
  const match = /^(?:https?:\/\/[^?#\s]*\/)?([A-Za-z]+)\/([^/?#]+)(?:\/_history\/[^/?#]+)?$/.exec(text);
  return match ? { type: match[1]!, id: match[2]! } : undefined;
}

/**
 * The server's id of the patient whom a Reference names: by a literal reference, by NHS number alone, or by a contained
 * Patient with an NHS number.
 */
export function patientIdOf(
  reference: JsonObject,
  patients: Patients,
  resource: AnyResource,
): string | undefined {
  const byText = serverIdOf(reference, patients.type) ?? patients.idOfLogical(reference);
  if (byText !== undefined) return byText;
  const contained = containedPatient(reference, patients, resource);
  const identifiers = listOf(contained?.identifier).filter(isObject);
  return identifiers.map((identifier) => patients.idOfLogical({ identifier })).find((id) => id !== undefined);
}

/** The Patient inside a resource that a Reference leads to. */
export function containedPatient(
  { reference }: JsonObject,
  { type }: Pick<Patients, 'type'>,
  { contained }: AnyResource,
): JsonObject | undefined {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  return listOf(contained)
    .filter(isObject)
    .find((each) => each.resourceType === type && each.id === reference.slice(1));
}

/** The Reference objects at a path; lists are walked. */
export function referencesAt(resource: JsonObject, path: readonly string[]): JsonObject[] {
  let level: JsonObject[] = [resource];
  for (const name of path) level = level.flatMap((value) => listOf(value[name]).filter(isObject));
  return level;
}
