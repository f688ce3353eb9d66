/**
 * Makes the plan of a submission: the next version of each entry, and what a correction withdraws. A pure function. The
 * plan names the locks that must be held for it to be valid.
 */
import type { Slices } from '../../../fhir/slices';
import type { Issue } from '../../../fhir/issue';
import { locksNeeded } from '../locks/locks-needed';
import { allOf } from '../match/entry-fault';
import type { Matched } from '../match/match';
import type { MatchInput } from '../match/match-input';
import { statedOf } from '../patient-statement';
import type { ResolvedEntry } from '../resolve/resolve';
import { failure, success, type Failure, type Result } from '../steps';
import { remarkOnDeath } from './after-death';
import { remarkOnSameByCondition } from './same-by-condition';
import { keepNewer, remarkOnUndated } from './keep-newer';
import { remarkOnPassedOver } from './new-unread';
import { nextVersion } from './next-version';
import { isDeathStatedAgain } from './restated';
import { remarkOnRetractedBefore, remarkOnRetractedSince, remarkOnRetractsOther } from './retracted-before';
import type { StoredResource } from '../stored-before/stored-resource';
import { remarkOnPatientValues } from './values-of-retracted';
import type { Plan, PlannedEntry, Versioning } from './plan';
import { withdraw } from './withdraw';
import { remarkOnWithdrawn } from './withdraws-newer';

/** @param said the issues that matching found */
export function* nextVersions(
  resolved: readonly ResolvedEntry[],
  said: Pick<Matched, 'issues' | 'review'>,
  input: MatchInput,
): Slices<Result<Plan>> {
  const versioning: Versioning = {
    input,
    done: new Map(),
    issues: [...said.issues],
    review: [...said.review],
  };
  const faults: Failure[] = [];
  for (const each of resolved) {
    const next = nextVersion(each, versioning);
    if (next.ok) versioning.done.set(each.request.index, withStatement(next.value, each, input));
    else faults.push(next.failure);
    yield;
  }
  if (faults.length > 0) return allOf(faults);
  const entries = [...versioning.done.values()].map((each) => keepNewer(each, input, versioning.issues));
  const patients = new Set(entries.map(({ patientId }) => patientId).filter((id) => id !== null));
  const patientId = patients.size === 1 ? [...patients][0]! : null;
  const corrected = input.before.corrects?.patientId;
  if (corrected && patients.size > 0 && !patients.has(corrected)) return failure('conflict', OTHER_PATIENT);
  yield* remarkOnSameByCondition(entries, versioning);
  yield;
  remarkOnDeath(entries, versioning);
  remarkOnUndated(entries, versioning);
  remarkOnRetractedBefore(entries, versioning);
  remarkOnRetractedSince(entries, versioning);
  remarkOnRetractsOther(entries, versioning);
  remarkOnPatientValues(entries, versioning);
  remarkOnPassedOver(entries, versioning);
  const { withdrawn, issues, review } = withdraw(entries, input);
  remarkOnWithdrawn(withdrawn, entries, versioning);
  return success<Plan>({
    entries,
    withdrawn,
    issues: [...versioning.issues, ...issues],
    review: [...versioning.review, ...review],
    patientId,
    patients: patientsOf(entries, withdrawn, input),
    locks: locksNeeded(entries, withdrawn, input),
  });
}

/**
 * What is stored of a Patient may be more than what its entry says, so that is kept beside it. Of an entry whose condition
 * finds the stored Patient, nothing is stored.
 */
function withStatement(
  planned: PlannedEntry,
  { resource, id }: ResolvedEntry,
  input: MatchInput,
): PlannedEntry {
  const { patients, before, isRetraction } = input;
  if (planned.definition.type !== patients.type || planned.sent !== undefined) return planned;
  const stated = statedOf(resource, patients, isRetraction);
  // What a retraction only says again was said when its summary was made.
  const isOld =
    (isRetraction || input.restates !== undefined) &&
    isDeathStatedAgain(stated, before.saidOfPatients.get(id));
  const { dead: _dead, ...silent } = stated;
  return { ...planned, stated: isOld ? silent : stated };
}

/** Every patient concerned, with the NHS number when the patient is stored or in the Bundle. */
function patientsOf(
  entries: readonly PlannedEntry[],
  withdrawn: readonly StoredResource[],
  { patients, before }: MatchInput,
): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const { patientId: id } of [...entries, ...withdrawn]) {
    if (id === null || found.has(id)) continue;
    const brought = entries.find((each) => each.id === id && each.definition.type === patients.type);
    const patient = brought?.resource ?? before.resources.get(`${patients.type}/${id}`)?.content;
    found.set(id, patient && patients.nhsNumberOf(patient));
  }
  return found;
}

const OTHER_PATIENT: Issue = {
  severity: 'error',
  code: 'conflict',
  rule: 'submission-other-patient',
  text: 'The summary that this corrects is about a patient with another NHS number. Retract the first summary: send a correction for its own patient in which the stay, the documents, the readings and everything else about the patient are entered-in-error (of an AllergyIntolerance or Condition: verificationStatus, without clinicalStatus). What has no such status, leave out: a correction withdraws it. Then send a new summary with its own Bundle.identifier (over HL7 v2, its own document number in TXA-12).',
  expression: 'Bundle.identifier',
  source: 'Corrections',
};
