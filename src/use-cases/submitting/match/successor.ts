/** In a correction: which resource of the earlier edition an entry succeeds, by its `fullUrl`. */
import type { StoredEntry } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import { idsIn, underTheNameOf } from './entries-of-edition';
import { keysOfStored } from './known-by';
import type { MatchedEntry, MatchInput, Matching } from './match-input';
import { isOfItsPatient } from './patient-of-entry';
import { remark } from './remark';
import { hasOtherIdentifier, isNamedFirst, sharesNoIdentifier } from './other-identifier';
import { storedByKey } from './stored-by-key';

/**
 * In a correction: the resource with the same `fullUrl` in the submission that is corrected. A resource that another
 * sender has replaced since belongs to that sender.
 */
export function successorOf(each: MatchedEntry, matching: Matching): StoredResource | undefined {
  const { input, claimed } = matching;
  const stored = beforeIn(input.before.corrects?.stored ?? [], each, input);
  if (!stored || claimed.has(`${stored.type}/${stored.id}`)) return undefined;
  if (each.definition.merge)
    return keysOfStored(each.definition.identity, stored.content).size > 0 ? undefined : stored;
  if (!isOfItsPatient(each, stored, input) || stored.sender !== input.sender) return undefined;
  return isMatchedByKey(each, stored, matching) ? undefined : stored;
}

/**
 * True when the identifier decides and not the `fullUrl`: the `fullUrl` was used for a resource with another identifier
 * or none, and another current summary contains that resource or has stored this one. Otherwise the first would be lost,
 * or the second stored twice.
 */
export function isMatchedByKey(each: MatchedEntry, stored: StoredResource, matching: Matching): boolean {
  const { corrects, carriedElsewhere } = matching.input.before;
  const isOfOthers = ({ id }: StoredResource): boolean =>
    carriedElsewhere.has(id) || (corrects !== undefined && !idsIn(corrects.stored).has(id));
  if (isNamedFirst(each, stored)) return storedByKey(each, matching).some(isOfOthers);
  if (!hasOtherIdentifier(each, stored)) return false;
  return carriedElsewhere.has(stored.id) || storedByKey(each, matching).some(isOfOthers);
}

/** Warns the sender that the identifier decided and not the `fullUrl`. */
export function remarkOnFullUrlOfOther(each: MatchedEntry, matching: Matching): void {
  const { input, issues, review } = matching;
  const before = beforeIn(input.before.corrects?.stored ?? [], each, input);
  if (!before || each.definition.merge || before.sender !== input.sender) return;
  if (!isMatchedByKey(each, before, matching)) return;
  remark(
    issues,
    each.request,
    'submission-fullurl-of-other',
    'The earlier version of this summary has a resource with another identifier, or without one, under this fullUrl. Another summary carries that resource or this one too, so this resource is filed by its identifier, and not as the next version of that one. Give a resource the same fullUrl in each version.',
  );
  review.push(
    'A correction uses the fullUrl of what another summary carries for a resource with another identifier',
  );
}

/** The stored resource that has the entry's `fullUrl` in a submission. */
export function beforeIn(
  entries: readonly StoredEntry[],
  each: MatchedEntry,
  { before }: MatchInput,
): StoredResource | undefined {
  const [earlier] = underTheNameOf(each, entries);
  return earlier && before.resources.get(`${earlier.type}/${earlier.id}`);
}

/** Warns the sender that it corrects a resource that another sender has replaced since. */
export function remarkOnReplaced(each: MatchedEntry, { input, issues }: Matching): void {
  const before = beforeIn(input.before.corrects?.stored ?? [], each, input);
  if (!before || each.definition.merge || before.sender === input.sender) return;
  remark(
    issues,
    each.request,
    'submission-not-replaced',
    'Another organisation has since replaced this resource. This version is stored as a new resource, and the other does not change.',
  );
}

/** Warns the sender that the `fullUrl` was used for a resource with another identifier in the earlier edition. */
export function remarkOnOtherIdentifier(
  each: MatchedEntry,
  stored: StoredResource,
  { issues, review }: Matching,
): void {
  const { definition, request } = each;
  if (!sharesNoIdentifier(each, stored)) return;
  remark(
    issues,
    request,
    'submission-fullurl-of-other',
    'The earlier version of this summary has a resource with another identifier under this fullUrl, so this resource becomes the next version of that resource. Give a resource the same fullUrl in each version.',
  );
  if (definition.showsCare && definition.identity?.usedAgain?.(stored.content, request.resource) === true)
    review.push(
      'A correction puts a stay at another time in the place of one with another identifier; it may be a second stay',
    );
}

/** The resources that the entries of a correction succeed by their `fullUrl`: `Type/id`, with the entry. */
export function reservedIn(
  { before: { corrects, withdrawn } }: MatchInput,
  entries: readonly MatchedEntry[],
): Map<string, MatchedEntry> {
  const sent = new Map(
    entries.map((each) => [`${each.request.resource.resourceType} ${each.request.fullUrl}`, each]),
  );
  const back = (corrects?.before ?? []).filter(({ type, id }) => withdrawn.has(`${type}/${id}`));
  const reserved = new Map<string, MatchedEntry>();
  for (const { type, id, fullUrl } of [...(corrects?.stored ?? []), ...back]) {
    const each = fullUrl === undefined ? undefined : sent.get(`${type} ${fullUrl}`);
    if (each) reserved.set(`${type}/${id}`, each);
  }
  return reserved;
}
