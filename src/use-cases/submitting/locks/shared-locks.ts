/**
 * The locks on what every sender shares, such as Organizations: by their business keys alone, and all of them as soon
 * as one is written. So a submission takes them once, in the order of their names, and two submissions never hold
 * what the other waits for. @see docs/decisions/0021-locks-by-key.md
 */
import { storedAt } from '../../../definitions/current-identifier';
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import type { AnyResource } from '../../../fhir/types';
import { lockOn } from './locks';
import type { Plan, MatchInput } from '../match/plan';

/** True of a type that every sender shares. A Patient is known by its own lock, which is held from the start. */
export function isShared({ merge, type }: ResourceDefinition, { patients }: MatchInput): boolean {
  return merge !== undefined && type !== patients.type;
}

/** Adds the locks on every shared resource that the submission names, and on every one that it found stored. */
export function lockAllShared(input: MatchInput, plan: Plan): void {
  const { requests, before, definitionOf } = input;
  const add = (type: string, resource: AnyResource, id?: string): void => {
    const definition = definitionOf(type);
    if (!isShared(definition, input)) return;
    const keys = definition.identity?.keys(resource, id === undefined ? undefined : storedAt(resource)) ?? [];
    for (const key of keys) plan.locks.add(lockOn('6-shared', type, key));
    if (keys.length === 0 && id !== undefined) plan.locks.add(lockOn('4-resource', type, id));
  };
  for (const { resource } of requests) add(resource.resourceType, resource);
  for (const { type, content, id } of before.stored.values()) add(type, content, id);
}
