/** What the References of a resource name, as far as they are literal or name a patient by NHS number. */
import type { Patients } from '../../../definitions/patients';
import { isObject, listOf, type JsonObject } from '../../../fhir/types';
import { isUuid } from '../../../fhir/uuid';

/**
 * The id in a literal reference to a resource of this server: `Patient/<uuid>`, with or without a version. A base before
 * it is passed over, whatever the server is called just now: an id of this server is found on no other.
 */
export function serverIdOf(reference: JsonObject, type: string): string | undefined {
  const name = literalName(reference);
  return name?.type === type ? name.id : undefined;
}

/** The type and id in a literal reference to a resource of this server. */
export function literalName(reference: JsonObject): { type: string; id: string } | undefined {
  const text = typeof reference.reference === 'string' ? reference.reference : '';
  const match = /^(?:https?:\/\/[^?#\s]*\/)?([A-Za-z]+)\/([^/?#]+)(?:\/_history\/[^/?#]+)?$/.exec(text);
  return match && isUuid(match[2]!) ? { type: match[1]!, id: match[2]!.toLowerCase() } : undefined;
}

/** The server's id of the patient whom a Reference names: by a literal reference, or by NHS number alone. */
export function patientIdOf(reference: JsonObject, patients: Patients): string | undefined {
  return serverIdOf(reference, patients.type) ?? patients.idOfLogical(reference);
}

/** The Reference objects at a path; lists are walked. */
export function referencesAt(resource: JsonObject, path: readonly string[]): JsonObject[] {
  let level: JsonObject[] = [resource];
  for (const name of path) level = level.flatMap((value) => listOf(value[name]).filter(isObject));
  return level;
}
