/**
 * Determines the next version of an entry whose id is known: its number, what it keeps of the stored version, whether
 * there is anything to write, and whether it may be written. Pure functions.
 * @see semantics "Who is who"
 */
import { storedAt } from '../../../fhir/current-identifier';
import type { AnyResource } from '../../../fhir/types';
import { fault, otherPatient } from '../match/entry-fault';
import { keysOfSent } from '../match/known-by';
import type { MatchInput } from '../match/match-input';
import { isNamedFirst } from '../match/other-identifier';
import { isUsedAgain } from '../match/remark-on-match';
import type { ResolvedEntry } from '../resolve/resolve';
import { failure, success, type Failure, type Result } from '../steps';
import type { StoredResource } from '../stored-before/stored-resource';
import { remarkOnConditionKept } from './condition-kept';
import { tooLargeToShare } from './shared-size';
import { contradictsFound, mergeShared } from './merge-shared';
import type { PlannedEntry, Versioning } from './plan';

/** An entry that the server has a version of already. */
type Known = ResolvedEntry & { stored: StoredResource };

export function nextVersion(each: ResolvedEntry, versioning: Versioning): Result<PlannedEntry> {
  const { input, done } = versioning;
  const { request, stored } = each;
  const same = each.sameAs === undefined ? undefined : done.get(each.sameAs);
  if (same) {
    const created = { id: same.id, sender: input.sender, content: same.request.resource };
    return unlessFault(contradictsFound(each, created, versioning), () => nothingToWrite(each, same));
  }
  const refused = wrongVersion(each) ?? wrongId(each, input);
  if (refused) return failureOf(refused);
  const version = (stored?.version ?? 0) + 1;
  if (!stored) return unlessFault(tooLargeToShare(each), () => ({ ...each, version, write: true }));
  const known: Known = { ...each, stored };
  if (request.ifNoneExist !== undefined && (input.before.found.get(request.index) ?? []).includes(stored.id))
    return found(known, versioning);
  const moved = request.update && keyMoves(known, input);
  if (moved) return failureOf(moved);
  if (each.definition.merge) {
    const large = tooLargeToShare(each);
    return large ? failureOf(large) : mergeShared(known, version, versioning);
  }
  if (input.saysTheSame)
    return success(nothingToWrite(known, { version: stored.version, resource: stored.content }));
  return unlessFault(request.update && mayNotReplace(known, input), () => ({
    ...each,
    version,
    write: true,
  }));
}

const failureOf = (fault: Failure): { ok: false; failure: Failure } => failure(fault.category, fault.issues);

const unlessFault = (fault: Failure | undefined, planned: () => PlannedEntry): Result<PlannedEntry> =>
  fault ? failureOf(fault) : success(planned());

/** The result of a conditional create that found a resource: the entry is not written. */
function found(each: Known, versioning: Versioning): Result<PlannedEntry> {
  const { patientId, stored } = each;
  if (patientId !== null && stored.patientId !== null && patientId !== stored.patientId)
    return failureOf(otherPatient(each));
  return unlessFault(contradictsFound(each, stored, versioning), () => {
    remarkOnConditionKept(each, stored, versioning);
    return nothingToWrite(
      { ...each, patientId: stored.patientId },
      { version: stored.version, resource: stored.content },
    );
  });
}

const nothingToWrite = (
  each: ResolvedEntry,
  { version, resource }: Pick<PlannedEntry, 'version' | 'resource'>,
): PlannedEntry => ({ ...each, version, resource, sent: each.resource, write: false });

/** The fault of an update whose `ifMatch` does not name the current version. */
function wrongVersion(each: ResolvedEntry): Failure | undefined {
  const { ifMatch } = each.request;
  if (ifMatch === undefined || ifMatch === (each.stored?.version ?? 0)) return undefined;
  return fault(
    each,
    'precondition-failed',
    'fhir-if-match',
    'The version in ifMatch is not the current one. Read the resource again.',
    'request.ifMatch',
  );
}

/** The fault of an update whose body has the id of another resource of this server, of any type, current or past. */
function wrongId(each: ResolvedEntry, { before: { ownIds } }: MatchInput): Failure | undefined {
  const { request, id } = each;
  const given = request.resource.id?.toLowerCase();
  if (request.update === undefined || given === undefined || given === id || !ownIds.has(given))
    return undefined;
  return fault(
    each,
    'unreadable',
    'fhir-update-id',
    'The id belongs to another resource on this server. Send the id in the url, or leave id out.',
    'resource.id',
  );
}

/**
 * The fault of an update that changes the business key of a resource. For another organisation, not even a request to
 * do so is allowed.
 */
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
  // Compares the keys that were valid then and now, so that another identifier cannot replace one whose period has
  // ended since.
  const isKept = (at?: number): boolean =>
    sets.every((keysOf) => isSame(keysOf(stored.content, at), keysOf(resource, at), isShared));
  if (isKept(storedAt(stored.content)) && isKept()) return keyTaken(each, input);
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
        'The NHS number of a stored Patient cannot change. Send a new summary with the right number, and retract the wrong summary.',
      )
    : fault(
        each,
        'conflict',
        'submission-identifier-moves',
        'An update cannot change the identifier that identifies the stored resource. Send the stored identifier, or send a new resource.',
      );
}

/** The fault of an update that gives a resource its first number, where another one of the sender has it already. */
function keyTaken(each: Known, { before, sender }: MatchInput): Failure | undefined {
  const { definition, request, resource, stored } = each;
  if (!isNamedFirst(each, stored)) return undefined;
  const taken = [...keysOfSent(definition.identity, request.resource)]
    .flatMap((key) => before.byKey.get(`${stored.type}|${key}`) ?? [])
    .find(
      (other) =>
        other.id !== stored.id &&
        other.sender === sender &&
        other.patientId === stored.patientId &&
        !isUsedAgain(definition, other.content, resource),
    );
  if (!taken) return undefined;
  return fault(
    each,
    'conflict',
    'submission-identifier-moves',
    `${taken.type}/${taken.id} of this patient has this identifier already. Update that one, and enter this one in error if both are the same.`,
  );
}

/**
 * Whether the keys are the same. A resource without an identifier may get one from its own sender, if no other resource
 * has it.
 */
function isSame(before: readonly string[], after: readonly string[], isShared: boolean): boolean {
  if (before.length === 0 && !isShared) return true;
  const known = new Set(after);
  return before.length === after.length && before.every((key) => known.has(key));
}

function mayActForAll({ definition, resource, stored }: Known, { mayActFor }: MatchInput): boolean {
  const { odsCodes } = definition.identity ?? {};
  const before = odsCodes?.(stored.content, storedAt(stored.content)) ?? [];
  return [...before, ...(odsCodes?.(resource) ?? [])].every((code) => mayActFor(code));
}

/** The fault of an update by another sender or for another patient, for types that are not shared. */
function mayNotReplace({ patientId, stored, ...each }: Known, { sender }: MatchInput): Failure | undefined {
  if (stored.sender !== sender)
    return fault(each, 'forbidden', 'submission-not-yours', 'Only the sender of a resource may replace it.');
  // Where the server stores no patient, the references of both versions are compared later.
  if (stored.patientId !== patientId && stored.patientId !== null)
    return fault(
      each,
      'conflict',
      'submission-patient-moves',
      'The stored resource belongs to another patient, and cannot move. Retract it (entered-in-error), then send a new resource.',
    );
  return undefined;
}
