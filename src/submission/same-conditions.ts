/**
 * The conditions of one transaction see each other: what one entry creates, the condition of another one finds.
 * @see semantics "Who is who"; https://hl7.org/fhir/R4/http.html#trules
 */
import { businessKeys } from '../definitions/business-keys';
import { splitEscaped, unescape } from '../indexing/escape';
import type { Queryable } from '../platform/postgres';
import type { SubmitDependencies } from './dependencies';
import { failure, type Intent, type Received, type Result, success } from './steps';

/** `ifNoneExist`, or the search of a conditional update. */
export const conditionOf = ({ ifNoneExist, update }: Intent): string | undefined =>
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
  { findIds, patients }: Pick<SubmitDependencies, 'findIds' | 'patients'>,
): ReturnType<SubmitDependencies['findIds']> {
  const found = await findIds(tx, type, condition, received);
  if (!found.ok || type !== patients.type) return found;
  const start = `${patients.identifierSystem}|`;
  const named = new URLSearchParams(condition)
    .getAll('identifier')
    .filter((value) => value.startsWith(start) && !value.includes(','))
    .map((value) => patients.idOf(value.slice(start.length).replace(/[\s-]/g, '')));
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
  intents: readonly Intent[],
  found: ReadonlyMap<number, readonly string[]>,
): Result<Map<number, number>> {
  const same = new Map<number, number>();
  const creating = intents.filter(
    ({ index, update }) => (found.get(index) ?? []).length === 0 && !(update && 'id' in update),
  );
  for (const [position, later] of creating.entries()) {
    for (const earlier of creating.slice(0, position)) {
      if (same.has(earlier.index) || !isSameThing(earlier, later)) continue;
      if (earlier.update || later.update) return twice(later.index);
      if (later.ifNoneExist === undefined) continue;
      same.set(later.index, earlier.index);
      break;
    }
  }
  return success(same);
}

/** True where both ask with one condition, or the condition of one of them finds what the other brings. */
function isSameThing(earlier: Intent, later: Intent): boolean {
  if (earlier.resource.resourceType !== later.resource.resourceType) return false;
  const [one, other] = [conditionOf(earlier), conditionOf(later)];
  if (one !== undefined && other !== undefined && plainCondition(one) === plainCondition(other)) return true;
  return (
    (other !== undefined && findsByIdentifier(other, earlier)) ||
    (one !== undefined && earlier.update !== undefined && findsByIdentifier(one, later))
  );
}

/** True of a condition that asks for one identifier with its system, and nothing else, which the resource has. */
function findsByIdentifier(condition: string, { resource }: Intent): boolean {
  const [first, ...more] = [...new URLSearchParams(condition)];
  if (first?.[0] !== 'identifier' || more.length > 0) return false;
  const [system, value, third] = splitEscaped(first[1], '|').map(unescape);
  if (system === undefined || value === undefined || third !== undefined) return false;
  return businessKeys({ system, value }).some((key) => businessKeys(resource.identifier).includes(key));
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
