/**
 * What becomes of an entry whose id is known: its version, what is kept of the stored one, whether there is anything to
 * write, and whether it may be written at all. @see semantics "Who is who"
 */
import { storedAt } from '../../../definitions/current-identifier';
import type { AnyResource } from '../../../fhir/types';
import { fault } from '../match/entry-fault';
import { lockWhenShared, mergeShared, speaksAgainstFound } from './merge-shared';
import { type Plan, type Planned, type MatchInput } from '../match/plan';
import type { Failure } from '../steps';
import type { StoredResource } from '../stored-before/stored-before';

/** An entry that the server has a version of already. */
type Known = Planned & { stored: StoredResource };

/** Version, what is kept of the stored one, and whether there is anything to write. */
export function nextVersion(each: Planned, input: MatchInput, plan: Plan): Failure | undefined {
  const { request, stored } = each;
  if (each.sameAs) {
    const { id, version, resource, request: same } = each.sameAs;
    const created = { id, sender: input.sender, content: same.resource };
    const other = speaksAgainstFound(each, created, input, plan);
    if (other) return other;
    return nothingToWrite(each, version, resource);
  }
  if (request.ifMatch !== undefined && request.ifMatch !== (stored?.version ?? 0)) {
    return fault(
      each,
      'precondition-failed',
      'fhir-if-match',
      'The version named by ifMatch is not the current one; read the resource again.',
      'request.ifMatch',
    );
  }
  if (namesAnother(each, input)) {
    return fault(
      each,
      'unreadable',
      'fhir-update-id',
      'The id of the resource is that of another resource of this server. Send the id that the url names, or none.',
      'resource.id',
    );
  }
  each.version = (stored?.version ?? 0) + 1;
  if (!stored) {
    lockWhenShared(each, input, plan);
    return undefined;
  }
  const known: Known = { ...each, stored };
  if (request.ifNoneExist !== undefined && (input.found.get(request.index) ?? []).includes(stored.id)) {
    if (each.patientId !== null && stored.patientId !== null && each.patientId !== stored.patientId)
      return otherPatient(each);
    const other = speaksAgainstFound(each, stored, input, plan);
    if (other) return other;
    each.patientId = stored.patientId;
    return nothingToWrite(each, stored.version, stored.content);
  }
  const moved = request.update && keyMoves(known, input);
  if (moved) return moved;
  if (each.definition.merge) return mergeShared(each, stored, input, plan);
  return request.update && mayNotReplace(known, input);
}

/** True of an update whose body has the id of another resource of this server, of whatever type, now or before. */
function namesAnother({ request, id }: Planned, { ownIds }: MatchInput): boolean {
  const given = request.resource.id?.toLowerCase();
  return request.update !== undefined && given !== undefined && given !== id && ownIds.has(given);
}

function nothingToWrite(each: Planned, version: number, resource: AnyResource): undefined {
  Object.assign(each, { write: false, version, resource });
}

/** A condition of the same transaction, or a stored resource, leads to what belongs to another patient. */
export function otherPatient(each: Planned): Failure {
  return fault(
    each,
    'conflict',
    'submission-condition-other-patient',
    'What the condition finds belongs to another patient; a condition that names the patient too finds the right one.',
    'request.ifNoneExist',
  );
}

/** An update never changes what a resource is known by; of another organisation, that may not even be asked. */
function keyMoves(each: Known, input: MatchInput): Failure | undefined {
  const { definition, resource, stored } = each;
  const { identity } = definition;
  if (!identity) return undefined;
  const isShared = definition.merge !== undefined;
  const sets: ((of: AnyResource, at?: number) => readonly string[])[] = [
    identity.keys,
    (of, at) => identity.alsoKnownBy?.(of, at) ?? [],
    (of, at) => identity.odsCodes?.(of, at) ?? [],
  ];
  // Then and now: a period that has ended since must not let another identifier take its place.
  const isKept = (at?: number): boolean =>
    sets.every((keysOf) => isSame(keysOf(stored.content, at), keysOf(resource, at), isShared));
  if (isKept(storedAt(stored.content)) && isKept()) return undefined;
  if (!mayActForAll(each, input)) {
    return fault(
      each,
      'forbidden',
      'submission-organization-kept',
      'The policy of this server does not let you act for this organisation, so you cannot change its ODS code.',
    );
  }
  return definition.type === input.patients.type
    ? fault(
        each,
        'conflict',
        'submission-nhs-number-moves',
        'The NHS number of a stored Patient does not change: send a new summary under the right number, and retract the wrong one.',
      )
    : fault(
        each,
        'conflict',
        'submission-identifier-moves',
        'An update cannot change the identifier by which the stored resource is known. Send the stored identifier, or send a new resource.',
      );
}

/** What has no identifier yet may be given one by its own sender, where it is nobody else's. */
function isSame(before: readonly string[], after: readonly string[], isShared: boolean): boolean {
  if (before.length === 0 && !isShared) return true;
  return before.length === after.length && before.every((key) => after.includes(key));
}

function mayActForAll({ definition, resource, stored }: Known, { mayActFor }: MatchInput): boolean {
  const { odsCodes } = definition.identity ?? {};
  const before = odsCodes?.(stored.content, storedAt(stored.content)) ?? [];
  return [...before, ...(odsCodes?.(resource) ?? [])].every((code) => mayActFor(code));
}

/** Of what is not shared, an update is by the same sender, and for the same patient. */
function mayNotReplace({ patientId, stored, ...each }: Known, { sender }: MatchInput): Failure | undefined {
  if (stored.sender !== sender)
    return fault(each, 'forbidden', 'submission-not-yours', 'Only the sender of a resource may replace it.');
  if (stored.patientId !== patientId)
    return fault(
      each,
      'conflict',
      'submission-patient-moves',
      'The stored resource belongs to another patient, and never moves. Retract it (entered-in-error), then send a new one.',
    );
  return undefined;
}
