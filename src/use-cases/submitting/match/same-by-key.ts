/**
 * Finds the stored resource that has the business identifier of an entry and agrees with the entry in every other fact
 * that must agree.
 */
import type { StoredResource } from '../stored-before/stored-resource';
import { agrees, sameStay, sameTime } from './agreement';
import type { MatchedEntry, Matching } from './match-input';
import { remark } from './remark';
import { isNamedOtherwise } from './other-identifier';
import { isTheSame, storedUnderKeysOf } from './stored-by-key';
import { isMatchedByKey } from './successor';

/** The stored resource with the same business key that agrees in every other fact that must agree. */
export function sameByKey(each: MatchedEntry, matching: Matching): StoredResource | undefined {
  const { claimed, reserved } = matching;
  const isReserved = (stored: StoredResource): boolean => {
    const holder = reserved.get(`${stored.type}/${stored.id}`);
    if (!holder || each.definition.merge) return false;
    return !isMatchedByKey(holder, stored, matching);
  };
  const isFree = (stored: StoredResource): boolean => !claimed.has(`${stored.type}/${stored.id}`);
  for (const { stored, isOfOtherPatient } of storedUnderKeysOf(each, matching)) {
    const candidates = stored.filter(isFree);
    const same = candidates.filter((stored) => !isReserved(stored) && isTheSame(each, stored, matching));
    const found = closest(each, same, matching);
    if (found) return found;
    remarkOnOthers(each, { candidates, isOfOtherPatient }, matching);
  }
  return undefined;
}

/** Chooses among several: one with the same stay and time is preferred to one in which either differs. */
function closest(
  each: MatchedEntry,
  same: readonly StoredResource[],
  matching: Matching,
): StoredResource | undefined {
  if (same.length < 2 || !each.definition.identity?.within.includes('stay or time')) return same[0];
  const isOfTheStay = (stored: StoredResource): boolean => sameStay(each, stored, matching) === true;
  const isOfTheTime = (stored: StoredResource): boolean => sameTime(each, stored);
  return (
    same.find((stored) => isOfTheStay(stored) && isOfTheTime(stored)) ?? same.find(isOfTheStay) ?? same[0]
  );
}

/** Warns the sender that the identifier is in use for another resource. */
function remarkOnOthers(
  each: MatchedEntry,
  { candidates, isOfOtherPatient }: { candidates: readonly StoredResource[]; isOfOtherPatient: boolean },
  matching: Matching,
): void {
  const { issues } = matching;
  const ofOther =
    each.patientId !== null &&
    (isOfOtherPatient ||
      candidates.some(({ patientId }) => patientId !== null && patientId !== each.patientId));
  if (ofOther) {
    remark(
      issues,
      each.request,
      'submission-identifier-of-other',
      'A resource of another patient has this identifier. This resource is stored as a new one, and not merged. Give each resource its own identifier.',
    );
  }
  const isSharedName = (stored: StoredResource): boolean =>
    isNamedOtherwise(each, stored) &&
    each.definition.identity?.within.every((what) => agrees(what, each, stored, matching)) === true;
  if (candidates.some(isSharedName)) {
    remark(
      issues,
      each.request,
      'submission-identifier-shared',
      'A stored resource of this patient has one of these identifiers, but its first identifier is a different one from the same system. This resource is stored as a new one. Give each stay and each reading its own identifier, and send it first.',
    );
  }
  const { otherwise } = each.definition.identity ?? {};
  const isNear = (stored: StoredResource): boolean =>
    otherwise?.agree.every((what) => agrees(what, each, stored, matching)) === true;
  if (otherwise && candidates.some(isNear)) remark(issues, each.request, otherwise.rule, otherwise.text);
}
