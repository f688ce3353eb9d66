/**
 * The conditions of one transaction see each other: what one entry creates, the condition of another one finds.
 * @see semantics "Who is who"; https://hl7.org/fhir/R4/http.html#trules
 */
import { businessKeys } from '../../../definitions/business-keys';
import { splitEscaped, unescape } from '../../../engines/indexing/escape';
import type { Queryable } from '../../../platform/postgres';
import type { ForMatching, SubmissionDefinitions } from '../dependencies';
import { failure, type EntryRequest, type Received, type Result, success } from '../steps';

/** What looking up a condition takes. */
export type ForConditions = Pick<ForMatching, 'findIds'> & Pick<SubmissionDefinitions, 'patients'>;

/** `ifNoneExist`, or the search of a conditional update. */
export const conditionOf = ({ ifNoneExist, update }: EntryRequest): string | undefined =>
  ifNoneExist ?? (update && 'query' in update ? update.query : undefined);

/**
 * The ids that a condition finds in the store. An NHS number in it means the patient whose current number it is: one
 * who had it once is not found.
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

/** A condition in one spelling: `b=2&a=%31` becomes `a=1&b=2`. */
export function plainCondition(condition: string): string {
  const params = new URLSearchParams(condition);
  params.sort();
  return params.toString();
}

/**
 * Which entries name, by their conditions, what another entry creates: the index of that one by their own.
 * @param found what each condition finds in the store, by the entry's index
 * @returns a fault where one of the two is a conditional update: then there is no telling which of them counts
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
 * The entries that come first, by what leads to them. Looked up rather than compared with each other: a transaction may
 * have ten thousand conditions.
 */
class Named {
  private readonly byCondition = new Map<string, EntryRequest>();
  private readonly byKey = new Map<string, EntryRequest>();
  private readonly updatesByKey = new Map<string, EntryRequest>();

  /** The first entry whose condition is the same, that the condition finds, or that is an update and finds this one. */
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

/** The key of a condition that asks for one identifier with its system, and nothing else. */
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
