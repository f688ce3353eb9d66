/**
 * Finds the stored resource that an entry is the next version of: the one that the request names, that its condition
 * finds, that its key gives, that it succeeds in a correction, or that has the same business identifier. Otherwise the
 * entry is new.
 * @see semantics "Who is who"
 */
import { failure, success, type Failure, type Result } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import type { MatchedEntry, Matching } from './match-input';
import { newIdFor } from './new-id';
import { sameByKey } from './same-by-key';
import { remarkOnFullUrlOfOther, remarkOnOtherIdentifier, remarkOnReplaced, successorOf } from './successor';
import { remarkOnNothingRetracted, remarkOnOtherHolder, remarkOnUsedAgain } from './remark-on-match';
import { withdrawnBefore } from './withdrawn-before';

/** The stored resource that an entry is the next version of, or a new id. */
export function matchEntry(
  each: MatchedEntry,
  matching: Matching,
): Result<{ id: string; stored: StoredResource | undefined }> {
  const { request, definition } = each;
  const { input, claimed } = matching;
  const type = request.resource.resourceType;
  const named = namedByRequest(each, matching);
  if (named) {
    if (named.ok && request.update) {
      remarkOnOtherHolder(each, named.value.stored, matching);
      // Who names the id of the stored resource knows what it changes; a condition finds what has the number.
      if (!('id' in request.update)) remarkOnUsedAgain(each, named.value.stored, matching);
    }
    return named;
  }
  if (type === input.patients.type) {
    const id = input.patients.idOfResource(request.resource);
    if (id !== undefined)
      return claimed.has(`${type}/${id}`)
        ? twice(`Bundle.entry[${request.index}]`)
        : success({ id, stored: storedAs(type, id, input) });
  }
  // A shared resource is identified by its key: an entry with the key of another organisation is that other
  // organisation.
  const successor = definition.merge
    ? (sameByKey(each, matching) ?? successorOf(each, matching))
    : (successorOf(each, matching) ?? sameByKey(each, matching) ?? withdrawnBefore(each, matching));
  if (!successor) remarkOnReplaced(each, matching);
  else remarkOnOtherIdentifier(each, successor, matching);
  remarkOnFullUrlOfOther(each, matching);
  if (successor) {
    remarkOnUsedAgain(each, successor, matching);
    remarkOnOtherHolder(each, successor, matching);
  } else remarkOnNothingRetracted(each, matching);
  return success({ id: successor?.id ?? newIdFor(each, matching), stored: successor });
}

/** The stored resource that the request names, or that its condition finds; undefined when the entry may be new. */
export function namedByRequest(
  each: MatchedEntry,
  matching: Matching,
): Result<{ id: string; stored: StoredResource }> | undefined {
  const { request } = each;
  const { input, claimed } = matching;
  const type = request.resource.resourceType;
  const place = `Bundle.entry[${request.index}]`;
  const conditional = input.before.found.get(request.index);
  if (conditional && conditional.length > 1) {
    return failure('precondition-failed', {
      severity: 'error',
      code: 'multiple-matches',
      rule: 'fhir-conditional',
      text: 'More than one resource matches the condition. Send a condition that matches at most one.',
      expression: `${place}.request`,
      source: 'https://hl7.org/fhir/R4/http.html#trules',
    });
  }
  const named = request.update && 'id' in request.update ? request.update.id : conditional?.[0];
  if (named !== undefined) {
    // The sender may see whatever a condition found.
    const isHidden = conditional === undefined && input.before.hidden.has(named.toLowerCase());
    const stored = isHidden ? undefined : storedAs(type, named, input);
    if (!stored) {
      return failure('not-found', {
        severity: 'error',
        code: 'not-found',
        rule: 'fhir-update-unknown',
        text: 'The resource to update does not exist. The server assigns ids, so send a new resource with POST.',
        expression: `${place}.request.url`,
        source: 'https://hl7.org/fhir/R4/http.html#upsert',
      });
    }
    if (claimed.has(`${type}/${stored.id}`) && !isFoundOnly(stored, each, matching)) return twice(place);
    return success({ id: stored.id, stored });
  }
  return undefined;
}

const storedAs = (type: string, id: string, { before }: Matching['input']): StoredResource | undefined =>
  before.resources.get(`${type}/${id.toLowerCase()}`);

/**
 * True when this entry and all others that lead to the stored resource are conditional creates, so that nothing is
 * written.
 */
function isFoundOnly({ type, id }: StoredResource, each: MatchedEntry, { byIndex }: Matching): boolean {
  const others = [...byIndex.values()].filter((other) => other.id === id && other.definition.type === type);
  return [each, ...others].every(({ request }) => request.ifNoneExist !== undefined);
}

function twice(place: string): { ok: false; failure: Failure } {
  return failure('invalid', {
    severity: 'error',
    code: 'multiple-matches',
    rule: 'submission-same-resource-twice',
    text: 'Two entries of this Bundle are the same stored resource. Send it once.',
    expression: place,
    source: 'https://hl7.org/fhir/R4/http.html#trules',
  });
}
