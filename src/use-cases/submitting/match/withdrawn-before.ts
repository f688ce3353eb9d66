/** Finds the resource that the sender withdrew earlier and that an entry restores. */
import { storedAt } from '../../../fhir/current-identifier';
import type { StoredResource } from '../stored-before/stored-resource';
import type { MatchedEntry, Matching } from './match-input';
import { isOfItsPatient } from './patient-of-entry';
import { isTheSame, keysOf } from './stored-by-key';
import { beforeIn, isUnderTheNameOf } from './successor';

/**
 * Finds the withdrawn resource by its `fullUrl` in an earlier edition, or by its identifier. The entry becomes the same
 * resource again. Stored resources are looked up first, because another summary may have sent the resource again
 * already.
 */
export function withdrawnBefore(each: MatchedEntry, matching: Matching): StoredResource | undefined {
  const { input, claimed, reserved } = matching;
  const { stored: last = [], before = [] } = input.before.corrects ?? {};
  const { definition, request } = each;
  const free = [...input.before.withdrawn.values()].filter(
    ({ type, id }) => type === request.resource.resourceType && !claimed.has(`${type}/${id}`),
  );
  const byFullUrl = beforeIn(last, each, input) ? [] : [...last, ...before].filter(isUnderTheNameOf(each));
  const back = byFullUrl
    .map(({ id }) => free.find((gone) => gone.id === id && isOfItsPatient(each, gone, input)))
    .find((gone) => gone !== undefined);
  if (back) return back;
  const keys = keysOf(each, matching);
  return free.find(
    (gone) =>
      !reserved.has(`${gone.type}/${gone.id}`) &&
      definition.identity?.keys(gone.content, storedAt(gone.content)).some((key) => keys.includes(key)) ===
        true &&
      isTheSame(each, gone, matching),
  );
}
