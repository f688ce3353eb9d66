/** Finds the stored resources with the business key of an entry, and checks whether they are the same resource. */
import type { StoredResource } from '../stored-before/stored-resource';
import { agrees } from './agreement';
import { keysOfSent } from './known-by';
import type { MatchedEntry, Matching } from './match-input';
import { isNamedOtherwise } from './other-identifier';
import { remark } from './remark';

/**
 * The stored resources with the same business key that agree with the entry, including those that another entry may
 * succeed.
 */
export const storedByKey = (each: MatchedEntry, matching: Matching): StoredResource[] =>
  storedUnderKeysOf(each, matching)
    .flatMap(({ stored }) => stored)
    .filter((stored) => isTheSame(each, stored, matching));

/** What is stored under one key. */
interface UnderKey {
  stored: readonly StoredResource[];
  /** True where a resource of another patient has the key, which is not read. */
  isOfOtherPatient: boolean;
}

const underKeys = new WeakMap<MatchedEntry, readonly UnderKey[]>();

/**
 * The stored resources under the keys of an entry: a list for each key, in the order of the keys. Each resource is once
 * in them, because a stay that has thousands of identifiers may be stored under all those of the entry.
 */
export function storedUnderKeysOf(each: MatchedEntry, matching: Matching): readonly UnderKey[] {
  const before = underKeys.get(each);
  if (before) return before;
  const { resourceType } = each.request.resource;
  const met = new Set<StoredResource>();
  const { byKey, keysOfOtherPatients } = matching.input.before;
  const found = keysOf(each, matching).map((key): UnderKey => {
    const stored = (byKey.get(`${resourceType}|${key}`) ?? []).filter((stored) => {
      const isNew = !met.has(stored);
      met.add(stored);
      return isNew;
    });
    return { stored, isOfOtherPatient: keysOfOtherPatients.has(`${resourceType}|${key}`) };
  });
  const lists = found.filter(({ stored, isOfOtherPatient }) => stored.length > 0 || isOfOtherPatient);
  underKeys.set(each, lists);
  return lists;
}

export const isTheSame = (each: MatchedEntry, stored: StoredResource, matching: Matching): boolean =>
  !isNamedOtherwise(each, stored) &&
  each.definition.identity?.within.every((what) => agrees(what, each, stored, matching)) === true;

/** The business keys by which an entry is looked up. Adds a warning when another entry has one of them too. */
export function keysOf({ definition, request }: MatchedEntry, { issues, keysInBundle }: Matching): string[] {
  const { identity } = definition;
  const type = request.resource.resourceType;
  return [...keysOfSent(identity, request.resource)].filter((key) => {
    if ((keysInBundle.get(`${type}|${key}`) ?? 0) <= 1) return true;
    remark(
      issues,
      request,
      'submission-identifier-repeated',
      'Another resource of this Bundle has the same identifier, and this one is stored beside it. Give each resource its own identifier.',
    );
    return identity?.uniqueInBundle !== true;
  });
}
