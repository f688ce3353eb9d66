/** What the record of a submission tells of its Bundle: the lineage it belongs to, and whose it is. */
import { isObject, type AnyResource } from '../fhir/types';

/** `system|value` of a Bundle.identifier that has both. */
export function lineageOf(identifier: unknown): string | undefined {
  if (!isObject(identifier)) return undefined;
  const { system, value } = identifier;
  return typeof system === 'string' && typeof value === 'string' && system !== '' && value !== ''
    ? `${system}|${value}`
    : undefined;
}

/** The NHS number in a Bundle, where one can be read: for the record of the submission. */
export function nhsNumberIn(bundle: AnyResource | undefined): string | undefined {
  for (const entry of Array.isArray(bundle?.entry) ? bundle.entry : []) {
    const resource = isObject(entry) && isObject(entry.resource) ? entry.resource : undefined;
    for (const identifier of Array.isArray(resource?.identifier) ? resource.identifier : []) {
      if (!isObject(identifier) || identifier.system !== 'https://fhir.nhs.uk/Id/nhs-number') continue;
      if (typeof identifier.value === 'string' && /^\d{10}$/.test(identifier.value)) return identifier.value;
    }
  }
  return undefined;
}
