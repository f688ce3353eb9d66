/**
 * Finds for each entry the stored resource that it is the next version of, or gives it a new id. A pure function of
 * what was sent and what is stored.
 * @see semantics "Who is who"
 */
import type { Slices } from '../../../fhir/slices';
import type { Issue } from '../../../fhir/issue';
import { success, type Failure, type Result } from '../steps';
import { allOf, otherPatient } from './entry-fault';
import { manyOfOne } from './many-of-one';
import { matchEntry, namedByRequest } from './match-entry';
import type { MatchedEntry, MatchInput } from './match-input';
import { isDocument } from './new-id';
import { keepsPatient, patientOf } from './patient-of-entry';
import { reservedIn } from './successor';
import { cannotBeFiled, namesOtherPerson } from './unknown-patient';

export interface Matched {
  entries: MatchedEntry[];
  /** Notes for the sender on how entries were matched. */
  issues: Issue[];
  /** Reasons why a person should review the submission. */
  review: string[];
}

export function* match(input: MatchInput): Slices<Result<Matched>> {
  const entries = input.requests.map((request): MatchedEntry => ({
    request,
    definition: input.definitionOf(request.resource.resourceType),
    id: '',
    stored: undefined,
    patientId: null,
  }));
  const crowd = manyOfOne(entries);
  if (crowd) return allOf([crowd]);
  const issues: Issue[] = [];
  const review: string[] = [];
  const faults: Failure[] = [];
  const matching = {
    input,
    issues,
    review,
    claimed: new Set<string>(),
    keysInBundle: keysIn(entries, input),
    byIndex: new Map(entries.map((each) => [each.request.index, each])),
    reserved: reservedIn(input, entries),
  };
  for (const each of inOrderOfMatching(entries)) {
    const failed = matchOne(each, matching);
    if (failed) {
      each.isFaulty = true;
      faults.push(failed);
    }
    yield;
  }
  return faults.length > 0 ? allOf(faults) : success({ entries, issues, review });
}

function matchOne(each: MatchedEntry, matching: Parameters<typeof matchEntry>[1]): Failure | undefined {
  const { input, byIndex, claimed } = matching;
  const isShared = each.definition.merge !== undefined;
  if (!isShared) {
    const patientId = patientOf(each, input, byIndex);
    if (patientId === undefined) return matchOfFaulty(each, matching);
    each.patientId = patientId;
  }
  const stranger = isShared ? undefined : cannotBeFiled(each, input);
  if (stranger) return stranger;
  if (isLedByReferences(each)) {
    const patientId = input.led.get(each.request.index) ?? null;
    Object.assign(each, { isLed: true, patientId });
    const other = patientId === null ? undefined : namesOtherPerson(each, input);
    if (other) return other;
  }
  const same = byIndex.get(input.before.sameAs.get(each.request.index) ?? -1);
  if (same) return matchToEntry(each, same);
  const found = matchEntry(each, matching);
  if (!found.ok) return found.failure;
  each.stored = found.value.stored;
  each.id = found.value.id;
  if (each.stored && keepsPatient(each, each.stored, input)) each.patientId = each.stored.patientId;
  claimed.add(`${each.definition.type}/${each.id}`);
  if (each.request.resource.resourceType === input.patients.type) each.patientId = each.id;
  return undefined;
}

/**
 * Looks at an entry of a Patient entry with a fault. Without the patient it cannot be matched, so what it could be told
 * is only whether its request finds what it names.
 */
function matchOfFaulty(each: MatchedEntry, matching: Parameters<typeof matchEntry>[1]): Failure | undefined {
  each.isFaulty = true;
  const found = namedByRequest(each, matching);
  return found?.ok === false ? found.failure : undefined;
}

/** True when an entry may be about a patient, and does not name one itself. */
const isLedByReferences = ({ patientId, definition }: MatchedEntry): boolean =>
  patientId === null && definition.merge === undefined && definition.openUnderPolicy === undefined;

/**
 * Matches an entry to another entry of the transaction that creates what its condition finds. Both become one resource.
 */
function matchToEntry(each: MatchedEntry, same: MatchedEntry): Failure | undefined {
  if (same.isFaulty) {
    each.isFaulty = true;
    return undefined;
  }
  if (each.patientId !== null && same.patientId !== null && each.patientId !== same.patientId)
    return otherPatient(each);
  Object.assign(each, { id: same.id, patientId: same.patientId, sameAs: same.request.index });
  return undefined;
}

/**
 * How many entries of one type have the same business key; by `Type|key`. Without those whose condition names another
 * entry: nothing of them is stored.
 */
function keysIn(
  entries: readonly MatchedEntry[],
  { before }: Pick<MatchInput, 'before'>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { definition, request } of entries.filter(({ request }) => !before.sameAs.has(request.index)))
    for (const key of definition.identity?.keys(request.resource) ?? []) {
      const name = `${request.resource.resourceType}|${key}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  return counts;
}

/**
 * Orders the entries for matching: shared types first, because patient and custodian decide how the others match; then
 * types that are matched by their stay or compared by it; then the bytes of documents.
 */
function inOrderOfMatching(entries: readonly MatchedEntry[]): MatchedEntry[] {
  const rank = ({ definition: { merge, identity, type } }: MatchedEntry): number => {
    if (isDocument(type)) return 3;
    return merge ? 0 : (identity?.stay ?? identity?.ofStay) === undefined ? 1 : 2;
  };
  return [...entries].sort((a, b) => rank(a) - rank(b));
}
