/**
 * The id of a resource that is new here. It carries the bucket of its patient; what belongs to nobody has the bucket of
 * its business key, and a random one where it has no key. Where the definition says so, the whole id follows from the
 * key. @see docs/decisions/0042-ids-carry-the-bucket.md
 */
import { bucketOf } from '../../../platform/ids';
import type { MatchedEntry, Matching } from './match-input';

export function newIdFor(
  { request: { resource }, definition: { identity }, patientId }: MatchedEntry,
  { input, claimed, byIndex }: Pick<Matching, 'input' | 'claimed' | 'byIndex'>,
): string {
  const type = resource.resourceType;
  const owner = patientId ?? (isDocument(type) ? onlyPatient(byIndex.values()) : undefined);
  if (owner !== undefined) return input.newId(bucketOf(owner));
  const [key] = identity?.keys(resource) ?? [];
  if (key === undefined) return input.newId();
  const id = input.idOfKey(type, key);
  const isTaken = claimed.has(`${type}/${id}`) || input.before.resources.has(`${type}/${id}`);
  return identity?.idFollowsKey === true && !isTaken ? id : input.newId(bucketOf(id));
}

/** A Binary that is sent by itself belongs to the patient of its Bundle, and so is matched last. */
export const isDocument = (type: string): boolean => type === 'Binary';

function onlyPatient(entries: Iterable<MatchedEntry>): string | undefined {
  const patients = new Set([...entries].flatMap(({ patientId }) => patientId ?? []));
  return patients.size === 1 ? [...patients][0] : undefined;
}
