/** Whether an entry and a stored resource have different business identifiers. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { meet } from '../../../fhir/names';
import type { EntryRequest } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import { firstOf, keysOfSent, keysOfStored } from './known-by';

/** The facts of an entry that are known before it is matched. */
interface Named {
  request: EntryRequest;
  definition: ResourceDefinition;
}

/**
 * True when the first identifiers of the two are of one system and differ. Another identifier that they share (the id
 * of a ward, the serial number of a device) does not make two stays or readings the same.
 */
export function isNamedOtherwise(
  { request, definition: { identity, merge } }: Named,
  stored: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const mine = firstOf(keysOfSent(identity, request.resource));
  const theirs = firstOf(keysOfStored(identity, stored.content));
  if (mine === undefined || theirs === undefined || mine === theirs) return false;
  return systemOf(mine) === systemOf(theirs);
}

const systemOf = (key: string): string => key.slice(0, key.indexOf('|'));

/** True when both have identifiers, but none in common. */
export function sharesNoIdentifier(
  { request, definition: { identity, merge } }: Named,
  { content }: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const [sent, known] = [keysOfSent(identity, request.resource), keysOfStored(identity, content)];
  return sent.size > 0 && known.size > 0 && !meet(sent, known);
}

/** True when the entry is the first that gives the stored resource an identifier. */
export const isNamedFirst = (
  { request, definition: { identity, merge } }: Named,
  { content }: StoredResource,
): boolean =>
  identity !== undefined &&
  !merge &&
  keysOfSent(identity, request.resource).size > 0 &&
  keysOfStored(identity, content).size === 0;

export const hasOtherIdentifier = (each: Named, stored: StoredResource): boolean =>
  sharesNoIdentifier(each, stored) || isNamedOtherwise(each, stored);
