/** The value of the first current identifier of a system, as a column holds it: an NHS number, an ODS code. */
import { isObject, listOf, type AnyResource } from '../../fhir/types';
import { isCurrent } from '../../fhir/current-identifier';
import { indexable } from '../../definitions/indexable';

/** @param at the moment at which it identifies, in milliseconds since 1970; now unless given */
export function identifierValue(resource: AnyResource, system: string, at?: number): string | null {
  for (const identifier of listOf(resource.identifier))
    if (
      isObject(identifier) &&
      identifier.system === system &&
      typeof identifier.value === 'string' &&
      isCurrent(identifier, at)
    )
      return indexable(identifier.value);
  return null;
}
