/** The business keys of a resource, made once: each is compared with others many times. */
import { storedAt } from '../../../fhir/current-identifier';
import type { Identity } from '../../../definitions/table';
import type { Names } from '../../../fhir/names';
import type { AnyResource } from '../../../fhir/types';

const ofSent = new WeakMap<AnyResource, Names>();
const ofStored = new WeakMap<AnyResource, Names>();

/** Of a resource that was sent: those that are current now, in their order. */
export const keysOfSent = (identity: Identity | undefined, resource: AnyResource): Names =>
  made(ofSent, resource, () => identity?.keys(resource));

/** Of a stored resource: those that were current when it was stored. */
export const keysOfStored = (identity: Identity | undefined, content: AnyResource): Names =>
  made(ofStored, content, () => identity?.keys(content, storedAt(content)));

function made(
  known: WeakMap<AnyResource, Names>,
  resource: AnyResource,
  make: () => readonly string[] | undefined,
): Names {
  const before = known.get(resource);
  if (before) return before;
  const keys = new Set(make());
  known.set(resource, keys);
  return keys;
}

export function firstOf(keys: Names): string | undefined {
  const [first] = keys;
  return first;
}
