/**
 * Lets the conditions of one transaction find what its other entries create.
 * @see semantics "Who is who"; https://hl7.org/fhir/R4/http.html#trules
 */
import { businessKeys } from '../../../definitions/business-keys';
import { splitEscaped, unescape } from '../../../engines/indexing/escape';
import type { Queryable } from '../../../platform/postgres';
import type { ForMatching, SubmissionDefinitions } from '../dependencies';
import { failure, type EntryRequest, type Received, type Result, success } from '../steps';

/** The dependencies for looking up a condition. */
export type ForConditions = Pick<ForMatching, 'findIds'> & Pick<SubmissionDefinitions, 'patients'>;

/** `ifNoneExist`, or the search of a conditional update. */
export const conditionOf = ({ ifNoneExist, update }: EntryRequest): string | undefined =>
  ifNoneExist ?? (update && 'query' in update ? update.query : undefined);

/**
 * The ids that a condition finds in the store. An NHS number finds the patient whose current number it is, and not a
 * patient who had it in the past.
 */
export async function findByCondition(
  tx: Queryable,
  type: string,
  condition: string,
  received: Received,
  { findIds, patients }: ForConditions,
): ReturnType<ForMatching['findIds']> {
  const found = await findIds(tx, type, condition, received);
  if (!found.ok || type !== patients.type) return found;
  const named = new URLSearchParams(condition)
    .getAll('identifier')
    .map((token) => patients.idOfToken(token))
    .filter((id) => id !== undefined);
  return { ok: true, ids: found.ids.filter((id) => named.every((each) => each === id)) };
}

/** Writes a condition in one canonical form: `b=2&a=%31` becomes `a=1&b=2`. */
export function plainCondition(condition: string): string {
  const params = new URLSearchParams(condition);
  params.sort();
  return params.toString();
}

/**
 * Finds the entries whose conditions name something that another entry creates: the index of that other entry, by their
 * own index.
 * @param found what each condition finds in the store, by the index of its entry
 * @returns a fault when one of the two is a conditional update, because the server cannot decide which of them applies
 */
export function sameByCondition(
  requests: readonly EntryRequest[],
  found: ReadonlyMap<number, readonly string[]>,
): Result<Map<number, number>> {
  const same = new Map<number, number>();
  const creating = requests.filter(
    ({ index, update }) => (found.get(index) ?? []).length === 0 && !(update && 'id' in update),
  );
  const earlier = new Named();
  for (const later of creating) {
    const first = earlier.firstOf(later);
    if (first && (first.update || later.update)) return twice(later.index);
    if (first) same.set(later.index, first.index);
    else earlier.add(later);
  }
  return success(same);
}

/**
 * Indexes the first entries by what can name them. A transaction can have ten thousand conditions, so comparing each
 * with each would take too long.
 */
class Named {
  private readonly byCondition = new Map<string, EntryRequest>();
  private readonly byKey = new Map<string, EntryRequest>();
  private readonly updatesByKey = new Map<string, EntryRequest>();

  /**
   * The first entry that has the same condition, that this condition finds, or that is an update and finds this entry.
   */
  firstOf(later: EntryRequest): EntryRequest | undefined {
    const condition = conditionOf(later);
    const names = [
      condition === undefined ? undefined : this.byCondition.get(nameOf(later, plainCondition(condition))),
      ...keyIn(condition).map((key) => this.byKey.get(nameOf(later, key))),
      ...keysOf(later).map((key) => this.updatesByKey.get(nameOf(later, key))),
    ];
    return names
      .filter((each) => each !== undefined)
      .sort((one, other) => one.index - other.index)
      .at(0);
  }

  add(request: EntryRequest): void {
    const condition = conditionOf(request);
    if (condition !== undefined)
      addFirst(this.byCondition, nameOf(request, plainCondition(condition)), request);
    for (const key of keysOf(request)) addFirst(this.byKey, nameOf(request, key), request);
    if (request.update)
      for (const key of keyIn(condition)) addFirst(this.updatesByKey, nameOf(request, key), request);
  }
}

function addFirst(map: Map<string, EntryRequest>, name: string, request: EntryRequest): void {
  if (!map.has(name)) map.set(name, request);
}

const nameOf = ({ resource }: EntryRequest, text: string): string => `${resource.resourceType} ${text}`;

const keysOf = ({ resource }: EntryRequest): string[] => businessKeys(resource.identifier);

/** The key of a condition that gives one identifier with its system, and nothing else. */
function keyIn(condition: string | undefined): string[] {
  if (condition === undefined) return [];
  const [first, ...more] = [...new URLSearchParams(condition)];
  if (first?.[0] !== 'identifier' || more.length > 0) return [];
  const [system, value, third] = splitEscaped(first[1], '|').map(unescape);
  if (system === undefined || value === undefined || third !== undefined) return [];
  return businessKeys({ system, value });
}

function twice(index: number): { ok: false; failure: ReturnType<typeof failure>['failure'] } {
  return failure('invalid', {
    severity: 'error',
    code: 'multiple-matches',
    rule: 'submission-same-resource-twice',
    text: 'A conditional update and another entry of this transaction name the same resource. Send it once.',
    expression: `Bundle.entry[${index}]`,
    source: 'https://hl7.org/fhir/R4/http.html#trules',
  });
}
