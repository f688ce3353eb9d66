/** Looks up the conditions of the requests in the store: `ifNoneExist`, and the search of a conditional update. */
import type { Queryable } from '../../../platform/postgres';
import { conditionOf, findByCondition, type ForConditions } from '../conditions/same-conditions';
import { isForbidden } from '../resolve/conditional-references';
import { failure, success, type EntryRequest, type Received, type Result } from '../steps';

/** The ids found, by the index of the entry. An entry without a condition has none. */
export async function foundByConditions(
  tx: Queryable,
  requests: readonly EntryRequest[],
  received: Received,
  dependencies: ForConditions,
): Promise<Result<Map<number, readonly string[]>>> {
  const found = new Map<number, readonly string[]>();
  for (const request of requests) {
    const condition = conditionOf(request);
    if (condition === undefined) continue;
    const result = await findByCondition(
      tx,
      request.resource.resourceType,
      condition,
      received,
      dependencies,
    );
    if (!result.ok) {
      const expression = `Bundle.entry[${request.index}].request`;
      const issues = result.issues.map((issue) => ({ ...issue, expression }));
      return failure(isForbidden(issues) ? 'forbidden' : 'invalid', issues);
    }
    found.set(request.index, result.ids);
  }
  return success(found);
}
