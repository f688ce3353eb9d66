/** Whether a resource, as it was sent, has a reference that can only be resolved with stored data. */
import { isObject, type Json } from '../../../fhir/types';
import { conditionalReferencesIn } from './conditional-references';

/** True when one of its References is a search (`Patient?identifier=…`), or an identifier alone. */
export function refersToWhatIsStored(resource: Json | undefined): boolean {
  return conditionalReferencesIn(resource).size > 0 || hasLogicalReference(resource);
}

function hasLogicalReference(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some((item) => hasLogicalReference(item));
  if (!isObject(value)) return false;
  // A Reference has one Identifier; the identifiers of a resource are a list, or it has a type of its own.
  if (isObject(value.identifier) && value.reference === undefined && value.resourceType === undefined)
    return true;
  return Object.values(value).some((item) => hasLogicalReference(item));
}
