/**
 * The locks without which a plan could be overtaken by another submission. A pure function.
 *
 * What every sender shares, such as Organizations, is locked by its business keys alone, and all of it as soon as one is
 * written. So a submission takes those locks once, in the order of their names, and two submissions never hold what the
 * other waits for. @see docs/decisions/0021-locks-by-key.md
 */
import { storedAt } from '../../../fhir/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import type { PlannedEntry } from '../next-version/plan';
import type { StoredResource } from '../stored-before/stored-resource';
import { lockOn } from './take-locks';

/**
 * What is replaced, withdrawn or referred to may be on its way to be replaced by another submission too: whichever way
 * it was found, its patient's lock must be held, or its own where it belongs to nobody, or those of its keys where
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
  for (const { patientId } of entries) {
    if (patientId !== null && before.resources.has(`${patients.type}/${patientId}`))
      locks.add(lockOn('3-patient', patientId));
  }
  return locks;
}

/** True of a type that every sender shares. A Patient is known by its own lock, which is held from the start. */
function isShared({ merge, type }: ResourceDefinition, { patients }: MatchInput): boolean {
  return merge !== undefined && type !== patients.type;
}

/** The locks on every shared resource that the submission names, and on every one that it found stored. */
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
