/**
 * Scores that no total names, as HL7 v2 sends all of them: each joins the one total of its moment that names no scores
 * itself. Where two could own it, it stays apart.
 */
import { listOf, type Json } from '../../../fhir/types';
import { NEAR_MS, type Seen } from './news2-readings';

/** A total, with all that belongs to it by references. */
export interface Owner {
  total: Seen;
  members: Set<Seen>;
}

/** @returns the scores that join a total, by that total */
export function joined(orphans: readonly Seen[], owners: readonly Owner[]): Map<Seen, Seen[]> {
  const byTime = owners
    .filter(({ total }) => total.taken.hasTime)
    .sort((one, other) => one.total.taken.at - other.total.taken.at);
  const free = byTime.filter(namesNone);
  const claims = new Map<Seen, Seen[]>();
  for (const orphan of orphans) {
    const { at } = orphan.taken;
    // A total of the very moment is nearer than any other, whether it can own the score or not.
    const exact = within(byTime, at, 0);
    const [owner, ...others] = exact.length > 0 ? exact : within(free, at, NEAR_MS);
    if (!owner || others.length > 0 || !namesNone(owner)) continue;
    const scores = claims.get(owner.total) ?? [];
    scores.push(orphan);
    claims.set(owner.total, scores);
  }
  return new Map([...claims].map(([total, scores]) => [total, nearestOf(total, scores)]));
}

/** Its scores are neither its components nor its members. */
function namesNone({ total, members }: Owner): boolean {
  const isScored = [...members].some(({ charted }) => charted.scores.length > 0);
  return !isScored && listOf<Json>(total.held.resource.hasMember).length === 0;
}

/** At most two of them, which is all that must be known. @param sorted by time */
function within(sorted: readonly Owner[], at: number, apart: number): Owner[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.total.taken.at < at - apart) low = middle + 1;
    else high = middle;
  }
  return sorted.slice(low, low + 2).filter(({ total }) => total.taken.at <= at + apart);
}

/** Of several scores of one parameter, those nearest to the total: another may be of a set without a total. */
function nearestOf(total: Seen, scores: readonly Seen[]): Seen[] {
  const apart = (each: Seen): number => Math.abs(each.taken.at - total.taken.at);
  const nearest = new Map<string, number>();
  for (const each of scores)
    for (const { parameter } of each.charted.scores)
      nearest.set(parameter, Math.min(nearest.get(parameter) ?? Infinity, apart(each)));
  return scores.filter((each) =>
    each.charted.scores.every(({ parameter }) => apart(each) === nearest.get(parameter)),
  );
}
