/**
 * Tells what a summary leaves on a stored Patient when it is retracted, or no longer says of a death. Patients are never
 * withdrawn and an absent value says nothing, so a person has to look. Pure functions.
 * @see semantics "Who is who"; docs/submissions.md
 */
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { isInError, statedOf } from '../patient-statement';
import type { EntryRequest, Stated } from '../steps';
import type { SaidBefore, SaidOfPatient } from '../stored-before/read-patient-statements';
import { isDeathStatedAgain } from './restated';
import type { PlannedEntry, Versioning } from './plan';

/** A patient of the submission: what is stored when it ends, what it says, and what was said before. */
interface Look {
  /** The Patient entry or, without one, an entry about the patient. */
  entry: PlannedEntry;
  sent: AnyResource | undefined;
  current: AnyResource;
  said: SaidOfPatient;
  /** By what this submission corrects or retracts. */
  ours: readonly SaidBefore[];
  /** By others, unless they are retracted. */
  others: readonly SaidBefore[];
}

/** Says what stays of a stored Patient, and marks for review what somebody should look at. */
export function remarkOnPatientValues(entries: readonly PlannedEntry[], versioning: Versioning): void {
  const { input } = versioning;
  for (const [id, said] of input.before.saidOfPatients) {
    const own = entries.find((each) => each.id === id && each.definition.type === input.patients.type);
    const entry = own ?? entries.find(({ patientId }) => patientId === id);
    if (!entry) continue;
    const look: Look = {
      entry,
      sent: own?.request.resource,
      current: own ? currentOf(own) : said.content,
      said,
      ...parted(said, entries, input),
    };
    remarkOnDeath(look, versioning);
    if (!input.isRetraction) continue;
    remarkOnElements(look, versioning);
    remarkOnRetraction(look, versioning);
  }
}

/** What the submission retracts by its identifiers was said by others, and is theirs no longer. */
function parted(
  { ours, others, standing }: SaidOfPatient,
  entries: readonly PlannedEntry[],
  { patients, isRetraction }: MatchInput,
): Pick<Look, 'ours' | 'others'> {
  const care = entries.filter(({ definition }) => patients.careTypes.includes(definition.type));
  const retracted = new Set(care.filter(({ request }) => isInError(request.resource)).map(({ id }) => id));
  const isRetractedHere = ({ care: ids }: SaidBefore): boolean =>
    isRetraction &&
    ids.some((id) => retracted.has(id)) &&
    !ids.some((id) => standing.has(id) && !retracted.has(id));
  const isRetracted = ({ stated, care: ids }: SaidBefore): boolean =>
    stated?.retracts === true || (ids.length > 0 && !ids.some((id) => standing.has(id)));
  const here = others.filter(isRetractedHere);
  return {
    ours: [...ours, ...here],
    others: others.filter((each) => !here.includes(each) && !isRetracted(each)),
  };
}

function remarkOnDeath(look: Look, { input, issues, review }: Versioning): void {
  const { patients, isRetraction } = input;
  const { entry, sent, said, ours, others } = look;
  if (!patients.isDead(look.current)) return;
  const saysAlive = sent !== undefined && patients.saysOfDeath(sent) && !patients.isDead(sent);
  const isOurs = (sent !== undefined && patients.isDead(sent)) || ours.some(saidDead);
  const isLeft = isOurs && !others.some(saidDead);
  if (saysAlive) {
    if (isRetraction && isDeathStatedAgain(sent, said, patients)) return;
    const isBefore = ({ at }: SaidBefore): boolean =>
      input.lastUpdated === undefined || at < input.lastUpdated;
    if (![...ours, ...others].some((each) => mayHaveSaidDead(each) && isBefore(each))) return;
    remark(issues, entry.request, 'submission-death-changed', NOT_TAKEN_BACK);
    review.push('A submission that came late says that the patient is alive, and the stored death stays');
  } else if (isLeft && isRetraction) {
    remark(issues, entry.request, 'submission-value-kept', DEATH_OF_RETRACTED);
    review.push('A summary that said that the patient died is retracted, and the stored death stays');
  } else if (isLeft && sent !== undefined && !patients.saysOfDeath(sent) && !isRemarkedOn(entry, input)) {
    remark(issues, entry.request, 'submission-value-kept', DEATH_LEFT_OUT);
    review.push('A submission no longer says that the patient died, and the stored death stays');
  }
}

const saidDead = ({ stated }: SaidBefore): boolean => stated?.dead === true;
const mayHaveSaidDead = ({ stated }: SaidBefore): boolean => stated === undefined || stated.dead === true;

/** A death that a message empties, or the only lineage of the patient leaves out, has its warning from the merge. */
const isRemarkedOn = ({ id, lateAfter }: PlannedEntry, { emptied, before }: MatchInput): boolean =>
  lateAfter === undefined && (emptied?.has('deceased') === true || before.ofLineageAlone.has(id));

function remarkOnElements(look: Look, { input, review }: Versioning): void {
  const { patients } = input;
  const { sent, ours, others } = look;
  if (others.length === 0) return;
  const now = statedOf(look.current, patients, false).values;
  const own = [...ours.map(({ stated }) => stated), sent && statedOf(sent, patients, true)];
  const isSaidBy = (all: readonly (Stated | undefined)[], element: string): boolean =>
    all.some((stated) => stated?.values[element] === now[element]);
  const said = others.map(({ stated }) => stated);
  const left = Object.keys(now).filter((element) => isSaidBy(own, element) && !isSaidBy(said, element));
  if (left.length === 0) return;
  const list = left.map((element) => patients.told[element]).join(', ');
  review.push(`A retracted summary leaves values on the patient that no other submission gives: ${list}`);
}

/** Says the same of every retraction, so that nobody learns from it what others have said of a patient. */
function remarkOnRetraction({ entry }: Look, { issues }: Versioning): void {
  issues.push({
    severity: 'information',
    code: 'business-rule',
    rule: 'submission-value-kept',
    text: RETRACTION,
    expression: `Bundle.entry[${entry.request.index}].resource`,
    source: 'Who is who',
  });
}

/** True where nobody has said of the patient's death since this was made, and no retraction only says it again. */
export function isNewestOfDeath(
  id: string,
  { resource }: Pick<EntryRequest, 'resource'>,
  input: Pick<MatchInput, 'before' | 'patients' | 'isRetraction' | 'lastUpdated'>,
): boolean {
  const { before, patients, isRetraction, lastUpdated } = input;
  const said = before.saidOfPatients.get(id);
  if (!said || !patients.saysOfDeath(resource)) return false;
  if (isRetraction && isDeathStatedAgain(resource, said, patients)) return false;
  return said.others.every(({ stated, care, at }) => {
    const isRetracted =
      stated?.retracts === true || (care.length > 0 && !care.some((each) => said.standing.has(each)));
    if (isRetracted || (stated && stated.dead === undefined)) return true;
    return stated !== undefined && (lastUpdated === undefined || at < lastUpdated);
  });
}

/** What is current of the Patient when the submission is stored. */
const currentOf = ({ current, lateAfter, resource, stored }: PlannedEntry): AnyResource =>
  current ?? (lateAfter === undefined || !stored ? resource : stored.content);

const RETRACTION =
  'A retraction leaves the patient as it is: the name, address and the like that the summary gave may still be current. If the summary was about another person, see that the right values are sent.';

const DEATH_OF_RETRACTED =
  'This summary is retracted, and it said that the patient died. The stored death does not change, because a retraction does not say that the patient is alive. If the death is not this patient’s, send the retraction as a summary again, with `deceasedBoolean` false and a later meta.lastUpdated (over HL7 v2, with PID-30 `N`).';

const DEATH_LEFT_OUT =
  'An earlier version of this summary said that the patient died, and this one no longer does. The stored death does not change, because what is left out says nothing. If the patient is alive, send `deceasedBoolean` false (PID-30 `N`).';

const NOT_TAKEN_BACK =
  'This submission says that the patient is alive, and an earlier one that the patient died. A newer submission says so, too, and the stored death stays. Check the death against the record.';
