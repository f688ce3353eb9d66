/**
 * A condition without a search scope may find what its sender may not read. Whether that says the same as the entry is
 * told to nobody who may not read it: such an entry always has the same warning, and its submission the same reason for
 * review.
 * @see docs/access.md
 */
import { visibilityOf, type VisibilityDependencies } from '../../../engines/access/visibility';
import type { SearchEngine } from '../../../engines/search/search';
import type { Queryable } from '../../../platform/postgres';
import type { ForMatching } from '../dependencies';
import { remark } from '../match/remark';
import { CONDITION_KEPT } from '../next-version/condition-kept';
import type { Plan, PlannedEntry } from '../next-version/plan';
import type { Received } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';

/** Whether the sender may read a resource as it is stored now, by its scopes and the site's policy. */
export function mayReadStored(
  searchEngine: Pick<SearchEngine, 'seenVersions'>,
  dependencies: VisibilityDependencies,
): ForMatching['mayRead'] {
  return async (db, { type, id, version }, { caller, reach }) => {
    const visibility = visibilityOf(caller, reach, dependencies);
    if (!visibility.allowed(type, 'r')) return false;
    const seen = await searchEngine.seenVersions(db, type, id, visibility);
    return seen === null || seen.has(version);
  };
}

/** @param found the ids that each condition found, by the index of its entry */
export async function tellUnreadAlike(
  tx: Queryable,
  plan: Plan,
  found: ReadonlyMap<number, readonly string[]>,
  received: Pick<Received, 'caller' | 'reach' | 'from'>,
  { mayRead }: Pick<ForMatching, 'mayRead'>,
): Promise<Plan> {
  const unread: PlannedEntry[] = [];
  for (const each of plan.entries) {
    const stored = keptBy(each, found);
    if (!stored || stored.sender === received.from.sender) continue;
    if (!(await mayRead(tx, stored, received))) unread.push(each);
  }
  if (unread.length === 0) return plan;
  const places = new Set(unread.map(({ request: { index } }) => `Bundle.entry[${index}].resource`));
  const issues = plan.issues.filter(
    ({ rule, expression = '' }) => rule !== CONDITION_KEPT || !places.has(expression),
  );
  for (const { request, id, definition } of unread)
    remark(
      issues,
      request,
      CONDITION_KEPT,
      `The condition of this entry (ifNoneExist) found ${definition.type}/${id} of another sender, which stays as it is. Nothing of this entry is stored. You may not read that resource, so this answer does not say whether it differs. If your content should be stored, send the entry without ifNoneExist.`,
    );
  return { ...plan, issues, review: [...plan.review, UNREAD] };
}

const UNREAD = 'A condition (ifNoneExist) kept stored content that its sender may not read';

/** The stored resource of a patient that a condition found, so that the entry was not written. */
function keptBy(
  { request, id, stored, write, definition }: PlannedEntry,
  found: ReadonlyMap<number, readonly string[]>,
): StoredResource | undefined {
  if (write || request.ifNoneExist === undefined || !(found.get(request.index) ?? []).includes(id))
    return undefined;
  return definition.merge || definition.table.patient.length === 0 ? undefined : stored;
}
