/**
 * Makes the id of a new resource. The id contains the bucket of the patient. For a resource of no patient it contains
 * the bucket of the business key, or a random bucket without a key. For some types, as their definitions say, the whole
 * id is made from the key.
 * @see docs/decisions/0042-ids-carry-the-bucket.md
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

/** True for Binary. A Binary that is an entry belongs to the patient of its Bundle, so it is matched last. */
export const isDocument = (type: string): boolean => type === 'Binary';

function onlyPatient(entries: Iterable<MatchedEntry>): string | undefined {
  const patients = new Set([...entries].flatMap(({ patientId }) => patientId ?? []));
  return patients.size === 1 ? [...patients][0] : undefined;
}
