/**
 * Tells what a summary leaves on a stored Patient when it is retracted, or no longer says of a death. Patients are never
 * withdrawn and an absent value says nothing, so a person has to look. Pure functions.
 * @see semantics "Who is who"; docs/submissions.md
 */
import type { Patients } from '../../../definitions/patients';
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import type { EntryRequest, Restated } from '../steps';
import { isRetraction, type SaidOfPatient } from '../stored-before/read-patient-versions';
import type { StoredBefore } from '../stored-before/stored-before';
import type { StoredResource } from '../stored-before/stored-resource';
import type { PlannedEntry, Versioning } from './plan';

/**
 * What the retraction of a summary only states again: a Patient of which it says what the summary had said. It must not
 * take the place of what another summary has said since, which may be the right patient's name.
 */
export function restatedByRetraction(
  requests: readonly EntryRequest[],
  { corrects, saidOfPatients }: Pick<StoredBefore, 'corrects' | 'saidOfPatients'>,
  patients: Patients,
): Restated | undefined {
  if (!corrects || !isRetraction(requests, patients)) return undefined;
  const isStatedAgain = ({ resource }: EntryRequest): boolean => {
    const said = saidOfPatients.get(patients.idOfResource(resource) ?? '');
    return (
      said?.versions.some(
        ({ submissionId, content }) =>
          corrects.submissions.has(submissionId) && patients.saysNothingNew(resource, content),
      ) === true
    );
  };
  const again = requests.filter(
    (each) => each.resource.resourceType === patients.type && isStatedAgain(each),
  );
  if (again.length === 0) return undefined;
  const indexes = new Set(again.map(({ index }) => index));
  const stated = requests.map(({ index }) => index).filter((index) => !indexes.has(index));
  return { stated: new Set(stated) };
}

/** One warning and one reason for review for each value of a stored Patient that somebody should look at. */
export function remarkOnPatientValues(entries: readonly PlannedEntry[], versioning: Versioning): void {
  const { input } = versioning;
  const isRetracted = input.restates !== undefined || isRetraction(input.requests, input.patients);
  for (const each of entries) {
    const { stored, definition } = each;
    if (!stored || definition.type !== input.patients.type) continue;
    const said = input.before.saidOfPatients.get(stored.id);
    if (!said) continue;
    const patient = { ...each, stored };
    remarkOnDeath(patient, said, isRetracted, entries, versioning);
    if (isRetracted) remarkOnElements(patient, said, entries, versioning);
  }
}

type PlannedPatient = PlannedEntry & { stored: StoredResource };

function remarkOnDeath(
  each: PlannedPatient,
  { versions, restatedBy }: SaidOfPatient,
  isRetracted: boolean,
  entries: readonly PlannedEntry[],
  { input, issues, review }: Versioning,
): void {
  const { patients } = input;
  const sent = each.request.resource;
  if (!patients.isDead(currentOf(each)) || !patients.isDead(each.stored.content)) return;
  const isLeft = patients.valuesLeft(versions, restatedBy, isRetractedBy(entries, input)).death;
  if (patients.saysOfDeath(sent) && !patients.isDead(sent)) {
    const { madeAt } = patients.originOfDeath(versions) ?? {};
    if (madeAt && input.lastUpdated && input.lastUpdated < madeAt) return;
    remark(issues, each.request, 'submission-death-changed', NOT_TAKEN_BACK);
    review.push('A submission that came late says that the patient is alive, and the stored death stays');
  } else if (isLeft && isRetracted) {
    remark(issues, each.request, 'submission-value-kept', DEATH_OF_RETRACTED);
    review.push('A summary that said that the patient died is retracted, and the stored death stays');
  } else if (isLeft && !patients.saysOfDeath(sent) && !isRemarkedOn(each, input)) {
    remark(issues, each.request, 'submission-value-kept', DEATH_LEFT_OUT);
    review.push('A submission no longer says that the patient died, and the stored death stays');
  }
}

/** A death that a message empties, or the only lineage of the patient leaves out, has its warning from the merge. */
const isRemarkedOn = ({ stored, lateAfter }: PlannedPatient, { emptied, before }: MatchInput): boolean =>
  lateAfter === undefined && (emptied?.has('deceased') === true || before.ofLineageAlone.has(stored.id));

function remarkOnElements(
  each: PlannedPatient,
  { versions, restatedBy }: SaidOfPatient,
  entries: readonly PlannedEntry[],
  { input, issues, review }: Versioning,
): void {
  if (input.before.ofLineageAlone.has(each.stored.id)) return;
  const newest = { submissionId: '', content: currentOf(each) };
  const isTheirs = isRetractedBy(entries, input);
  const { elements } = input.patients.valuesLeft(
    [newest, ...versions],
    restatedBy,
    (submissionId) => submissionId === '' || isTheirs(submissionId),
  );
  if (elements.length === 0) return;
  const list = elements.join(', ');
  remark(
    issues,
    each.request,
    'submission-value-kept',
    `This summary is retracted, and what it said of the patient stays until another summary says otherwise: ${list}. If the summary was about another person, see that the right values are sent.`,
  );
  review.push(`A retracted summary leaves values on the patient that no other submission has given: ${list}`);
}

/** Whether a submission is of the lineage, or wrote what this one retracts by its identifier. */
function isRetractedBy(
  entries: readonly PlannedEntry[],
  { before: { corrects }, patients }: MatchInput,
): (submissionId: string) => boolean {
  const wrote = new Set(corrects?.submissions);
  for (const { definition, request, stored } of entries)
    if (stored && patients.careTypes.includes(definition.type) && isInError(request.resource))
      wrote.add(stored.contentFrom ?? stored.submissionId);
  return (submissionId) => wrote.has(submissionId);
}

const isInError = ({ status }: AnyResource): boolean => status === 'entered-in-error';

/** What is current of the Patient when the submission is stored. */
const currentOf = ({ current, lateAfter, resource, stored }: PlannedPatient): AnyResource =>
  current ?? (lateAfter === undefined ? resource : stored.content);

const DEATH_OF_RETRACTED =
  'This summary is retracted, and it said that the patient died. The stored death does not change, because a retraction does not say that the patient is alive. If the death is not this patient’s, send the retraction again with `deceasedBoolean` false and a later meta.lastUpdated (over HL7 v2, a message about the patient with PID-30 `N`).';

const DEATH_LEFT_OUT =
  'An earlier version of this summary said that the patient died, and this one no longer does. The stored death does not change, because what is left out says nothing. If the patient is alive, send `deceasedBoolean` false (PID-30 `N`).';

const NOT_TAKEN_BACK =
  'This submission says that the patient is alive, and an earlier one that the patient died. A newer submission came before this one, so that the stored death stays. If the patient is alive, send this again with a later meta.lastUpdated.';
