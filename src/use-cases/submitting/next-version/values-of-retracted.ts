/**
 * Tells what a summary leaves on a stored Patient when it is retracted, or no longer says of a death. Patients are never
 * withdrawn and an absent value says nothing, so a person has to look. Pure functions.
 * @see semantics "Who is who"; docs/submissions.md
 */
import { isInError } from '../../../fhir/in-error';
import type { RuleId } from '../../../fhir/issue';
import type { AnyResource } from '../../../fhir/types';
import type { MatchInput } from '../match/match-input';
import { remark } from '../match/remark';
import { statedOf } from '../patient-statement';
import type { Stated } from '../steps';
import type { SaidBefore, SaidOfPatient } from '../stored-before/read-patient-statements';
import type { PlannedEntry, Versioning } from './plan';
import { isDeathStatedAgain } from './restated';
import {
  lineagesOf,
  newestOf,
  saidToday,
  speakingOf,
  type SaidOfDeath,
  type SaidToday,
} from './patient-statements';

/** A patient of the submission: what is stored when it ends, what it says, and what was said before. */
interface Look {
  /** The Patient entry or, without one, an entry about the patient. */
  entry: PlannedEntry;
  /** What the submission says of the patient. */
  sent: Stated | undefined;
  current: AnyResource;
  said: SaidOfPatient;
  /** By what this submission corrects or retracts. */
  ours: readonly SaidBefore[];
  others: SaidToday;
}

/** Says what stays of a stored Patient, and marks for review what somebody should look at. */
export function remarkOnPatientValues(entries: readonly PlannedEntry[], versioning: Versioning): void {
  const { input } = versioning;
  for (const [id, said] of input.before.saidOfPatients) {
    const own = entries.find((each) => each.id === id && each.definition.type === input.patients.type);
    const entry = own ?? entries.find(({ patientId }) => patientId === id);
    // Nothing is stored of a Patient that a condition found.
    if (!entry || own?.sent) continue;
    const look: Look = {
      entry,
      sent: own && statedOf(own.request.resource, input.patients, input.isRetraction),
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
  said: SaidOfPatient,
  entries: readonly PlannedEntry[],
  { patients, isRetraction }: MatchInput,
): Pick<Look, 'ours' | 'others'> {
  const care = entries.filter(({ definition }) => patients.careTypes.includes(definition.type));
  const retracted = new Set(care.filter(({ request }) => isInError(request.resource)).map(({ id }) => id));
  const isRetractedHere = ([newest]: readonly SaidBefore[]): boolean =>
    isRetraction &&
    newest?.care.some((id) => retracted.has(id)) === true &&
    !newest.care.some((id) => said.standing.has(id) && !retracted.has(id));
  const lineages = lineagesOf(said.others);
  const here = lineages.filter(isRetractedHere);
  return {
    ours: [...said.ours, ...here.flat()],
    others: saidToday(
      lineages.filter((each) => !here.includes(each)),
      said,
    ),
  };
}

function remarkOnDeath(look: Look, versioning: Versioning): void {
  const { input } = versioning;
  const { sent, ours, others, current } = look;
  const { dead } = newestOf(others.deaths) ?? {};
  const saidBy = (is: boolean): boolean =>
    sent?.dead === is || ours.some(({ stated }) => stated?.dead === is);
  if (!input.patients.isDead(current)) {
    if (input.isRetraction && dead === true && saidBy(false))
      mark(look, versioning, 'submission-death-changed', ALIVE_OF_RETRACTED);
    return;
  }
  if (sent?.dead === false) return remarkOnAlive(look, versioning);
  // An edition that its own correction has replaced does not say so any more.
  const isSaidNow = others.deaths.some((each) => each.dead === true && each.isNow);
  if (!saidBy(true) || (dead === true && isSaidNow)) return;
  if (input.isRetraction) mark(look, versioning, 'submission-value-kept', DEATH_OF_RETRACTED);
  else if (sent && sent.dead === undefined && !isRemarkedOn(look.entry, input))
    mark(look, versioning, 'submission-value-kept', DEATH_LEFT_OUT);
}

/** A submission says that the patient is alive, and the stored death stays. */
function remarkOnAlive(look: Look, versioning: Versioning): void {
  const { input } = versioning;
  const { sent, said, ours, others } = look;
  if (!sent || (isRestating(input) && isDeathStatedAgain(sent, said))) return;
  const before = [
    ...ours.map(({ stated, at }) => ({ dead: stated && (stated.dead ?? false), at })),
    ...others.deaths,
  ];
  const mayBeBefore = ({ dead, at }: Pick<SaidOfDeath, 'dead' | 'at'>): boolean =>
    dead !== false && (input.lastUpdated === undefined || at < input.lastUpdated);
  if (before.some(mayBeBefore)) mark(look, versioning, 'submission-death-changed', NOT_TAKEN_BACK);
}

interface Mark {
  text: string;
  why: string;
}

function mark({ entry }: Look, { issues, review }: Versioning, rule: RuleId, { text, why }: Mark): void {
  remark(issues, entry.request, rule, text);
  review.push(why);
}

/** A death that a message empties, or the only lineage of the patient leaves out, has its warning from the merge. */
const isRemarkedOn = ({ id, lateAfter }: PlannedEntry, { emptied, before }: MatchInput): boolean =>
  lateAfter === undefined && (emptied?.has('deceased') === true || before.ofLineageAlone.has(id));

const isRestating = ({ isRetraction, restates }: Pick<MatchInput, 'isRetraction' | 'restates'>): boolean =>
  isRetraction || restates !== undefined;

function remarkOnElements({ entry, current, ours, others }: Look, { input, review }: Versioning): void {
  const { patients } = input;
  if (others.values.length === 0) return;
  const now = statedOf(current, patients, false).values;
  const own = [...ours.map(({ stated }) => stated?.values), entry.stated?.values];
  const left = Object.keys(now).filter(
    (element) =>
      own.some((values) => values?.[element] === now[element]) &&
      !others.values.some((values) => values[element] === now[element]),
  );
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
  resource: AnyResource,
  input: Pick<MatchInput, 'before' | 'patients' | 'isRetraction' | 'restates' | 'lastUpdated'>,
): boolean {
  const { before, patients, lastUpdated } = input;
  const said = before.saidOfPatients.get(id);
  const sent = statedOf(resource, patients, input.isRetraction);
  if (!said || sent.dead === undefined) return false;
  if (isRestating(input) && isDeathStatedAgain(sent, said)) return false;
  return saidToday(lineagesOf(said.others), said).deaths.every(
    ({ dead, at }) => dead !== undefined && (lastUpdated === undefined || at < lastUpdated),
  );
}

/**
 * True of a death where some submission before, of this lineage or another, has said (or may have said) that the patient
 * died, also in an edition that a correction has replaced since. What is retracted does not count.
 */
export function repeatsDeath(
  id: string,
  resource: AnyResource,
  { before, patients }: Pick<MatchInput, 'before' | 'patients'>,
): boolean {
  const said = before.saidOfPatients.get(id);
  if (!said || !patients.isDead(resource)) return false;
  // An edition of this lineage may have no Patient.
  const ours = said.ours.filter(({ stated }) => stated !== undefined);
  return [...lineagesOf(ours), ...lineagesOf(said.others)]
    .flatMap((editions) => speakingOf(editions, said))
    .some(({ stated }) => stated === undefined || stated.dead === true);
}

/** What is current of the Patient when the submission is stored. */
const currentOf = ({ current, lateAfter, resource, stored }: PlannedEntry): AnyResource =>
  current ?? (lateAfter === undefined || !stored ? resource : stored.content);

const RETRACTION =
  'A retraction leaves the patient as it is: the name, address and the like that the summary gave may still be current. If the summary was about another person, see that the right values are sent.';

const DEATH_OF_RETRACTED: Mark = {
  why: 'A summary that said that the patient died is retracted, and the stored death stays',
  text: 'This summary is retracted, and it said that the patient died. The stored death does not change, because a retraction does not say that the patient is alive. If the death is not this patient’s, send the retraction as a summary again, with `deceasedBoolean` false and a later meta.lastUpdated (over HL7 v2, with PID-30 `N`).',
};

const DEATH_LEFT_OUT: Mark = {
  why: 'A submission no longer says that the patient died, and the stored death stays',
  text: 'An earlier version of this summary said that the patient died, and this one no longer does. The stored death does not change, because what is left out says nothing. If the patient is alive, send `deceasedBoolean` false (PID-30 `N`).',
};

const NOT_TAKEN_BACK: Mark = {
  why: 'A submission that came late says that the patient is alive, and the stored death stays',
  text: 'This submission says that the patient is alive, and an earlier one that the patient died. A newer submission may say so, too, and the stored death stays. Check the death against the record.',
};

const ALIVE_OF_RETRACTED: Mark = {
  why: 'A summary that took a death back is retracted, and the death that another submission says is not current',
  text: 'This summary is retracted, and it said that the patient is alive. Another submission says that the patient died, which is not current. Check the death against the record.',
};
