/** Whether what is sent and what is stored are known by different business identifiers. */
import { storedAt } from '../../../fhir/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { EntryRequest } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';

/** What is known of an entry before it is matched. */
interface Named {
  request: EntryRequest;
  definition: ResourceDefinition;
}

/**
 * True where the first identifiers of the two are of one system and differ: what they share beside it (the id of a ward,
 * the serial number of a device) does not make two stays or readings one.
 */
export function isNamedOtherwise(
  { request, definition: { identity, merge } }: Named,
  stored: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const [mine] = identity.keys(request.resource);
  const [theirs] = identity.keys(stored.content, storedAt(stored.content));
  if (mine === undefined || theirs === undefined || mine === theirs) return false;
  return systemOf(mine) === systemOf(theirs);
}

const systemOf = (key: string): string => key.slice(0, key.indexOf('|'));

/** True where both have identifiers, and share none. */
export function sharesNoIdentifier(
  { request, definition: { identity, merge } }: Named,
  { content }: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const [sent, known] = [identity.keys(request.resource), identity.keys(content, storedAt(content))];
  return sent.length > 0 && known.length > 0 && !sent.some((key) => known.includes(key));
}

export const hasOtherIdentifier = (each: Named, stored: StoredResource): boolean =>
  sharesNoIdentifier(each, stored) || isNamedOtherwise(each, stored);
