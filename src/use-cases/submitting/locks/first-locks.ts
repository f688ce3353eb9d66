/** The locks that a submission takes before it reads anything. A pure function. */
import { conditionOf, plainCondition } from '../conditions/same-conditions';
import type { SubmissionDefinitions } from '../dependencies';
import { patientIdOf, referencesAt } from '../match/references';
import type { EntryRequest, Validated } from '../steps';
import { lockOn } from './take-locks';

/** @param identifier the identifier of the lineage */
export function firstLocks(
  { received, requests }: Validated,
  identifier: string | undefined,
  definitions: SubmissionDefinitions,
): Set<string> {
  const { sender } = received.from;
  const locks = new Set([lockOn('1-bytes', sender, received.sha256.toString('hex'))]);
  if (identifier !== undefined) locks.add(lockOn('2-lineage', sender, identifier));
  for (const request of requests) {
    const type = request.resource.resourceType;
    for (const lock of patientLocks([request], definitions)) locks.add(lock);
    if (request.update && 'id' in request.update)
      locks.add(lockOn('4-resource', type, request.update.id.toLowerCase()));
    const condition = conditionOf(request);
    if (condition !== undefined) locks.add(lockOn('5-condition', type, plainCondition(condition)));
  }
  return locks;
}

/** Locks on the patients that the entries contain or name, if they are known before anything is read. */
export function patientLocks(
  requests: readonly EntryRequest[],
  definitions: SubmissionDefinitions,
): string[] {
  return requests.flatMap((request) => patientsOf(request, definitions)).map((id) => lockOn('3-patient', id));
}

function patientsOf({ resource }: EntryRequest, { definitionOf, patients }: SubmissionDefinitions): string[] {
  if (resource.resourceType === patients.type) {
    const id = patients.idOfResource(resource);
    return id === undefined ? [] : [id];
  }
  return definitionOf(resource.resourceType)
    .table.patient.flatMap((path) => referencesAt(resource, path.split('.')))
    .map((reference) => patientIdOf(reference, patients, resource))
    .filter((id) => id !== undefined);
}
