/** Lists the entries of a submission for its record, with the result of each. A pure function. */
import type { Plan } from '../next-version/plan';
import type { StoredEntry } from '../steps';

/** Entries of the submission's record: what it stored, in the order of the Bundle. */
export function storedEntries(plan: Plan, positions?: readonly number[]): StoredEntry[] {
  const entries = plan.entries.map(
    ({ request, id, version, write, stored, sameAs, restated, stated }): StoredEntry => ({
      index: request.index,
      ...(request.fullUrl === undefined ? {} : { fullUrl: request.fullUrl }),
      type: request.resource.resourceType,
      id,
      version,
      written: write,
      created: stored === undefined && sameAs === undefined,
      ...(request.update && { updated: true }),
      ...(restated === true && { restated }),
      ...(stated && { stated }),
      ...(positions?.[request.index] === undefined ? {} : { position: positions[request.index]! }),
    }),
  );
  const keptCurrent = plan.entries.flatMap(({ request, id, version, lateAfter }): StoredEntry[] =>
    lateAfter === undefined
      ? []
      : [
          {
            index: request.index,
            type: request.resource.resourceType,
            id,
            version: version + 1,
            written: true,
            created: false,
            contentOf: lateAfter,
          },
        ],
  );
  return [...entries, ...keptCurrent];
}
