/**
 * The locks that a plan needs so that no other submission changes the same data first. A pure function.
 *
 * Resources that all senders share, such as Organizations, are locked by their business keys. As soon as one is
 * written, all of those locks are taken at once, in the order of their names. So two submissions never wait for each
 * other.
 * @see docs/decisions/0021-locks-by-key.md
 */
import { storedAt } from '../../../fhir/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import type { PlannedEntry } from '../next-version/plan';
import type { StoredResource } from '../stored-before/stored-resource';
import { lockOn } from './take-locks';

/**
 * Another submission may be about to replace what this plan replaces, withdraws or refers to. So the plan must hold the
 * lock of the resource's patient; the resource's own lock if it belongs to no patient; or the locks of its keys if
 * senders share it.
 */
export function locksNeeded(
  entries: readonly PlannedEntry[],
  withdrawn: readonly StoredResource[],
  input: MatchInput,
): Set<string> {
  const { patients, before, definitionOf } = input;
  const locks = new Set<string>();
  const replaced = entries.flatMap(({ write, stored, definition }) =>
    stored && (write || !definition.merge) ? [stored] : [],
  );
  const changed = [...replaced, ...withdrawn];
  if (
    entries.some(({ write, definition }) => write && isShared(definition, input)) ||
    changed.some(({ type }) => isShared(definitionOf(type), input))
  )
    for (const lock of locksOnShared(input)) locks.add(lock);
  for (const { type, id, patientId } of changed) {
    if (isShared(definitionOf(type), input)) continue;
    locks.add(patientId === null ? lockOn('4-resource', type, id) : lockOn('3-patient', patientId));
  }
  for (const { patientId, isLed } of entries) {
    if (patientId !== null && (isLed || before.resources.has(`${patients.type}/${patientId}`)))
      locks.add(lockOn('3-patient', patientId));
  }
  return locks;
}

/** True for a type that all senders share. A Patient is not included: its lock is held from the start. */
function isShared({ merge, type }: ResourceDefinition, { patients }: MatchInput): boolean {
  return merge !== undefined && type !== patients.type;
}

/** The locks on every shared resource that the submission names or that it found stored. */
function locksOnShared(input: MatchInput): Set<string> {
  const { requests, before, definitionOf } = input;
  const locks = new Set<string>();
  const add = (type: string, resource: AnyResource, id?: string): void => {
    const definition = definitionOf(type);
    if (!isShared(definition, input)) return;
    const keys = definition.identity?.keys(resource, id === undefined ? undefined : storedAt(resource)) ?? [];
    for (const key of keys) locks.add(lockOn('6-shared', type, key));
    if (keys.length === 0 && id !== undefined) locks.add(lockOn('4-resource', type, id));
  };
  for (const { resource } of requests) add(resource.resourceType, resource);
  for (const { type, content, id } of before.resources.values()) add(type, content, id);
  return locks;
}
