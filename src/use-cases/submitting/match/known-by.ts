/** The business keys of a resource, made once: each is compared with others many times. */
import { storedAt } from '../../../fhir/current-identifier';
import type { Identity } from '../../../definitions/table';
import type { Names } from '../../../fhir/names';
import { madeOnce } from '../../../fhir/once';
import type { AnyResource } from '../../../fhir/types';

const ofSent = new WeakMap<AnyResource, Names>();
const ofStored = new WeakMap<AnyResource, Names>();

/** Of a resource that was sent: those that are current now, in their order. */
export const keysOfSent = (identity: Identity | undefined, resource: AnyResource): Names =>
  madeOnce(ofSent, resource, () => new Set(identity?.keys(resource)));

/** Of a stored resource: those that were current when it was stored. */
export const keysOfStored = (identity: Identity | undefined, content: AnyResource): Names =>
  madeOnce(ofStored, content, () => new Set(identity?.keys(content, storedAt(content))));

export function firstOf(keys: Names): string | undefined {
  const [first] = keys;
  return first;
}
