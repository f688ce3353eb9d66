/** What is stored with the business key of an entry, and whether it is the same resource. */
import { storedAt } from '../../../fhir/current-identifier';
import type { StoredResource } from '../stored-before/stored-resource';
import { agrees } from './agreement';
import type { MatchedEntry, Matching } from './match-input';
import { remark } from './remark';

/** What is stored with the same business key and is the same, whichever entry may succeed it. */
export const storedByKey = (each: MatchedEntry, matching: Matching): StoredResource[] =>
  keysOf(each, matching)
    .flatMap((key) => storedUnder(key, each, matching))
    .filter((stored) => isTheSame(each, stored, matching));

export const storedUnder = (
  key: string,
  { request }: MatchedEntry,
  { input }: Matching,
): readonly StoredResource[] => input.before.byKey.get(`${request.resource.resourceType}|${key}`) ?? [];

export const isTheSame = (each: MatchedEntry, stored: StoredResource, matching: Matching): boolean =>
  !isNamedOtherwise(each, stored) &&
  each.definition.identity?.within.every((what) => agrees(what, each, stored, matching)) === true;

/** The business keys that tell whether an entry is stored already; a warning where another entry has one of them too. */
export function keysOf({ definition, request }: MatchedEntry, { issues, keysInBundle }: Matching): string[] {
  const { identity } = definition;
  const type = request.resource.resourceType;
  return (identity?.keys(request.resource) ?? []).filter((key) => {
    if ((keysInBundle.get(`${type}|${key}`) ?? 0) <= 1) return true;
    remark(
      issues,
      request,
      'submission-identifier-repeated',
      'Another resource of this Bundle has the same identifier. Both are stored. Give each resource its own identifier.',
    );
    return identity?.uniqueInBundle !== true;
  });
}

/**
 * True where the first identifiers of the two are of one system and differ: what they share beside it (the id of a ward,
 * the serial number of a device) does not make two stays or readings one.
 */
export function isNamedOtherwise(
  { request, definition: { identity, merge } }: MatchedEntry,
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
  { request, definition: { identity, merge } }: MatchedEntry,
  { content }: StoredResource,
): boolean {
  if (!identity || merge) return false;
  const [sent, known] = [identity.keys(request.resource), identity.keys(content, storedAt(content))];
  return sent.length > 0 && known.length > 0 && !sent.some((key) => known.includes(key));
}

export const hasOtherIdentifier = (each: MatchedEntry, stored: StoredResource): boolean =>
  sharesNoIdentifier(each, stored) || isNamedOtherwise(each, stored);
