/**
 * Finds the Patient of a Bundle whom a Reference names by an identifier other than the NHS number, such as a hospital
 * number. Stored Patients are not looked up so, because two hospitals may use one number under one system.
 */
import { businessKeys } from '../../../definitions/business-keys';
import { isObject, type AnyResource, type JsonObject } from '../../../fhir/types';
import type { EntryRequest } from '../steps';
import type { MatchedEntry, MatchInput } from './match-input';
import { containedPatient } from './references';

/** The indexes of the Patient entries by each of their current identifiers, two of them at most. */
export function patientKeysIn(
  requests: readonly EntryRequest[],
  patientType: string,
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { index, resource } of requests) {
    if (resource.resourceType !== patientType) continue;
    for (const key of businessKeys(resource.identifier)) {
      const indexes = found.get(key);
      if (indexes === undefined) found.set(key, [index]);
      // Two are as good as more: the identifier names none of them.
      else if (indexes.length < 2) indexes.push(index);
    }
  }
  return found;
}

/** The one Patient entry of the Bundle with an identifier that the Reference gives; undefined if none. */
export function patientByKey(
  reference: JsonObject,
  resource: AnyResource,
  { patients, patientKeys }: MatchInput,
  byIndex: ReadonlyMap<number, MatchedEntry>,
): MatchedEntry | undefined {
  if (patientKeys.size === 0) return undefined;
  const [first, ...more] = new Set(
    keysOf(reference, resource, patients.type).flatMap((key) => patientKeys.get(key) ?? []),
  );
  return first === undefined || more.length > 0 ? undefined : byIndex.get(first);
}

/** The identifiers of a Reference that has nothing else, or of the contained Patient that it leads to. */
function keysOf(reference: JsonObject, resource: AnyResource, patientType: string): string[] {
  const { reference: text, identifier, type } = reference;
  if (typeof text === 'string' && text !== '')
    return businessKeys(containedPatient(reference, { type: patientType }, resource)?.identifier);
  const saysOther = typeof type === 'string' && type.replace(/^.*\//, '') !== patientType;
  return saysOther || !isObject(identifier) ? [] : businessKeys(identifier);
}
