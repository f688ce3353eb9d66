/**
 * Decides when two Patients with one NHS number are the same person, and which values the merged Patient keeps.
 * @see semantics "Who is who"; docs/decisions/0014-what-a-patient-keeps.md
 */
import type { MergeContext, MergeRemark, MergeResult } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';
import { DECEASED, deathIsChanged, isDead, saysLessOfDeath, saysOfDeath } from './death';
import { isOtherPerson, mayBeABaby, mayBeATwin } from './other-person';
import { birthDatesDiffer, decideBirthDateConflict, otherBirthDate } from './birth-date-conflict';
import { keepsGender, remarksOnKept } from './kept-values';
import { labelDiffers, labelKept, losesLabel, saysLabel, withLabelOf } from './restricted';
import { isVerified, wasVerified, withVerificationOf } from './verified';

const BIRTH_DATE = ['birthDate', '_birthDate'] as const;
const GENDER = ['gender', '_gender'] as const;

/**
 * The newest submission's demographics. A missing value says nothing: a birth date, gender or death that it does not give is
 * kept, and a less precise date or a gender "unknown" does not replace what says more. A number that was verified stays verified, and a
 * record that is labelled restricted stays so.
 *
 * Another birth date (as far as both give day, month and year) is a conflict, unless the new number is verified and
 * the stored one never was, or the stored Patient came from this lineage only.
 */
export function mergePatient(stored: AnyResource, incoming: AnyResource, context: MergeContext): MergeResult {
  if (context.isUpdate && !context.isInCare) return notInCare;
  const remarks = remarksOnKept(stored, incoming, context);
  if (context.isOnlyRestated) return mergeRestated(stored, incoming, context, remarks);
  const isReplaced = birthDatesDiffer(stored.birthDate, incoming.birthDate);
  const isKept = staysAsItIs(context);
  if (isReplaced && (context.isFoundByCondition || isKept)) return otherBirthDate;
  if (isKept)
    return {
      ok: true,
      resource: stored,
      remarks: context.differs ? [patientKept(stored, incoming)] : [],
      isKept: true,
    };
  if (isReplaced && !context.solelyThisLineage) return decideBirthDateConflict(stored, incoming);
  if (context.isLate && !isReplaced) return mergeLate(stored, incoming, context);
  let resource: AnyResource = { ...incoming };
  if (isLess(incoming.birthDate, stored.birthDate)) keep(BIRTH_DATE, stored, resource);
  else if (incoming.birthDate === stored.birthDate && incoming._birthDate === undefined)
    keep(BIRTH_DATE, stored, resource);
  if (keepsGender(stored, incoming, context)) keep(GENDER, stored, resource);
  if (saysLessOfDeath(incoming, stored)) keep(DECEASED, stored, resource);
  if (!isReplaced && wasVerified(stored) && !isVerified(incoming)) {
    resource = withVerificationOf(stored, resource);
    remarks.push(verificationKept);
  }
  if (losesLabel(stored, incoming, context)) {
    resource = withLabelOf(stored, resource);
    remarks.push(saysLabel(incoming) ? labelDiffers : labelKept);
  }
  if (isOtherPerson(stored, incoming)) remarks.push(whollyOther);
  else if (mayBeABaby(stored, incoming)) remarks.push(perhapsABaby);
  else if (mayBeATwin(stored, incoming)) remarks.push(perhapsATwin);
  if (!context.solelyThisLineage && isForAPerson(stored, resource, context)) remarks.push(deathChanged);
  return { ok: true, resource, remarks };
}

/**
 * What was made before the stored version is what that version follows: the stored one stays current, and keeps of the
 * older one what it does not give itself, as if they had come in their order. What nobody has said of
 * a death since replaces an older death, too.
 */
function mergeLate(stored: AnyResource, incoming: AnyResource, context: MergeContext): MergeResult {
  const inOrder = { ...context, isLate: false, isUpdate: false, isInSummary: true, solelyThisLineage: false };
  const merged = mergePatient(incoming, stored, inOrder);
  if (!merged.ok) return merged;
  const remarks = merged.remarks.filter(({ rule }) => rule === 'submission-demographics');
  const resource = { ...merged.resource };
  const isTaken = takeDeath(resource, { stored, incoming, context, remarks });
  if (!isTaken && deathIsChanged(incoming, resource)) remarks.push(otherDeathStays);
  return { ok: true, resource, remarks, isBehind: true };
}

/**
 * A retraction says nothing new of its patient, so what others have said since stays, another birth date too. What it says of
 * a death may be news.
 */
function mergeRestated(
  stored: AnyResource,
  incoming: AnyResource,
  context: MergeContext,
  remarks: MergeRemark[],
): MergeResult {
  const resource = { ...stored };
  const isTaken = takeDeath(resource, { stored, incoming, context, remarks });
  // The name and address are as old as they were.
  return { ok: true, resource, remarks, ...(isTaken ? { isBehind: true } : { isKept: true }) };
}

/** Takes what is said of the death, if nobody has said of it since. @returns whether it was taken */
function takeDeath(
  resource: AnyResource,
  {
    stored,
    incoming,
    context,
    remarks,
  }: { stored: AnyResource; incoming: AnyResource; context: MergeContext; remarks: MergeRemark[] },
): boolean {
  const isTaken = context.isNewestOfDeath && saysOfDeath(incoming) && !saysLessOfDeath(incoming, stored);
  if (isTaken) keep(DECEASED, incoming, resource);
  if (isTaken && isForAPerson(stored, resource, context)) remarks.push(deathChanged);
  return isTaken;
}

/** True of another death, and of one that is said again although somebody has contradicted it; a death that is news needs no look. */
function isForAPerson(stored: AnyResource, next: AnyResource, { repeatsDeath }: MergeContext): boolean {
  const isContradicted = repeatsDeath && stored.deceasedBoolean === false && isDead(next);
  return isContradicted || deathIsChanged(stored, next);
}

/**
 * True where a Patient comes beside no summary, and its sender neither has a stay or document of the patient nor brought
 * the stored version: such a sender changes nobody's name or address, by a `POST` no more than by a `PUT`.
 */
const staysAsItIs = ({ isUpdate, isFoundByCondition, isInSummary, isInCare, isOwn }: MergeContext): boolean =>
  !isUpdate && !isFoundByCondition && !isInSummary && !isInCare && !isOwn;

/** True if a date is missing, or is a less precise form of the stored one. */
function isLess(date: unknown, stored: unknown): boolean {
  if (typeof date !== 'string') return true;
  return typeof stored === 'string' && stored.length > date.length && stored.startsWith(date);
}

/** Takes the elements of one statement from the stored Patient, all or none of them. */
function keep(names: readonly string[], stored: AnyResource, resource: AnyResource): void {
  if (names.every((name) => stored[name] === undefined)) return;
  for (const name of names) {
    if (stored[name] === undefined) delete resource[name];
    else resource[name] = stored[name];
  }
}

const notInCare: MergeResult = {
  ok: false,
  category: 'forbidden',
  rule: 'submission-patient-not-yours',
  element: '',
  text: 'Only a sender with a stored stay or document of this patient can change the Patient. Send a summary of the patient’s stay instead.',
};

/** A death that is not recorded is for a person to look at. */
function patientKept(stored: AnyResource, incoming: AnyResource): MergeRemark {
  const saysMore =
    isDead(incoming) && saysLessOfDeath(stored, incoming) && !saysLessOfDeath(incoming, stored);
  return {
    rule: 'submission-patient-without-stay',
    severity: 'warning',
    element: '',
    text: 'The Patient is already stored, and does not change. Only a sender that has a stay or a document of this patient stored here can change it. To change it, send a summary of the patient.',
    ...(saysMore && {
      review: 'A sender without a stay or document of the patient sent a death that is not stored',
    }),
  };
}

const perhapsABaby: MergeRemark = {
  rule: 'submission-demographics',
  severity: 'warning',
  element: 'name',
  text: 'There is no birth date to compare, and no given name matches those stored for this NHS number. Check that it is not the mother’s NHS number, and send the birth date.',
  review: 'No birth date could be compared, and the given names differ from those stored for the NHS number',
};

const perhapsATwin: MergeRemark = {
  rule: 'submission-demographics',
  severity: 'warning',
  element: 'name',
  text: 'The given names and the gender differ from those stored for this NHS number. Check that the number does not belong to a twin or another relative.',
  review:
    'The given names and the gender differ from those stored for the NHS number; the number may belong to a twin',
};

const deathChanged: MergeRemark = {
  rule: 'submission-death-changed',
  severity: 'warning',
  element: 'deceased',
  text: 'This submission differs from an earlier one on whether or when the patient died. What this submission says is now current. Check it against the record.',
  review:
    'The stored death of the patient was removed, its date changed, or it was said again after a removal',
};

const otherDeathStays: MergeRemark = {
  rule: 'submission-death-changed',
  severity: 'warning',
  element: 'deceased',
  text: 'A newer submission says that the patient is alive, or died on another day. What it says stays current. Check the death against the record.',
  review: 'An older submission says otherwise of the death of the patient than the newer one that is current',
};

const verificationKept: MergeRemark = {
  rule: 'submission-verification-kept',
  severity: 'information',
  element: 'identifier',
  text: 'The NHS number was verified before and stays verified. The verification status of this submission is not stored.',
};

const whollyOther: MergeRemark = {
  rule: 'submission-demographics',
  severity: 'warning',
  element: 'name',
  text: 'The family name, the given names and the gender all differ from those stored for this NHS number. Check that the summary is for the right person.',
  review: 'The family name, the given names and the gender all differ from those stored for the NHS number',
};
