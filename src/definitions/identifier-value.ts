/** The value of the first identifier of a system, as a column holds it: an NHS number, an ODS code. */
import { isObject, listOf, type AnyResource } from '../fhir/types';
import { indexable } from './indexable';

export function identifierValue(resource: AnyResource, system: string): string | null {
  for (const identifier of listOf(resource.identifier))
    if (isObject(identifier) && identifier.system === system && typeof identifier.value === 'string')
      return indexable(identifier.value);
  return null;
}
