/** Finds the resource that the sender withdrew earlier and that an entry restores. */
import { madeOnce } from '../../../fhir/once';
import type { StoredResource } from '../stored-before/stored-resource';
import { underTheNameOf } from './entries-of-edition';
import { keysOfStored } from './known-by';
import type { MatchedEntry, MatchInput, Matching } from './match-input';
import { isOfItsPatient } from './patient-of-entry';
import { isTheSame, keysOf } from './stored-by-key';
import { beforeIn } from './successor';

/**
 * Finds the withdrawn resource by its `fullUrl` in an earlier edition, or by its identifier. The entry becomes the same
 * resource again. Stored resources are looked up first, because another summary may have sent the resource again
 * already.
 */
export function withdrawnBefore(each: MatchedEntry, matching: Matching): StoredResource | undefined {
  const { input, claimed, reserved } = matching;
  const { withdrawn, corrects } = input.before;
  if (withdrawn.size === 0) return undefined;
  const { stored: last = [], before = [] } = corrects ?? {};
  const isFree = ({ type, id }: StoredResource): boolean => !claimed.has(`${type}/${id}`);
  const byFullUrl = beforeIn(last, each, input)
    ? []
    : [...underTheNameOf(each, last), ...underTheNameOf(each, before)];
  for (const { type, id } of byFullUrl) {
    const gone = withdrawn.get(`${type}/${id}`);
    if (gone && isFree(gone) && isOfItsPatient(each, gone, input)) return gone;
  }
  return withdrawnUnderKeysOf(each, matching).find(
    (gone) => isFree(gone) && !reserved.has(`${gone.type}/${gone.id}`) && isTheSame(each, gone, matching),
  );
}

interface Withdrawn {
  all: readonly StoredResource[];
  /** Their places in the list, by `Type|key`. */
  index: ReadonlyMap<string, readonly number[]>;
}

const indexes = new WeakMap<MatchInput, Withdrawn>();

/** The withdrawn resources with a key of the entry, in the order in which they were read. */
function withdrawnUnderKeysOf(each: MatchedEntry, matching: Matching): StoredResource[] {
  const { input } = matching;
  const { all, index } = madeOnce(indexes, input, () => indexOf([...input.before.withdrawn.values()], input));
  const { resourceType } = each.request.resource;
  const found = new Set(keysOf(each, matching).flatMap((key) => index.get(`${resourceType}|${key}`) ?? []));
  return [...found].sort((one, other) => one - other).map((at) => all[at]!);
}

function indexOf(all: readonly StoredResource[], { definitionOf }: MatchInput): Withdrawn {
  const index = new Map<string, number[]>();
  for (const [at, { type, content }] of all.entries())
    for (const key of keysOfStored(definitionOf(type).identity, content)) {
      const places = index.get(`${type}|${key}`);
      if (places) places.push(at);
      else index.set(`${type}|${key}`, [at]);
    }
  return { all, index };
}
