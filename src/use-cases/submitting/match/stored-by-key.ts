/** Finds the stored resources with the business key of an entry, and checks whether they are the same resource. */
import type { StoredResource } from '../stored-before/stored-resource';
import { agrees } from './agreement';
import type { MatchedEntry, Matching } from './match-input';
import { isNamedOtherwise } from './other-identifier';
import { remark } from './remark';

/**
 * The stored resources with the same business key that agree with the entry, including those that another entry may
 * succeed.
 */
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

/** The business keys by which an entry is looked up. Adds a warning when another entry has one of them too. */
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
