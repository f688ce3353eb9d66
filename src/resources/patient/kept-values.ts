/**
 * What the sender is told of values that a stored Patient keeps although the newest submission leaves them out or empties
 * them. An absent value is no statement, but its sender may have meant to take it back.
 * @see semantics "Who is who"; docs/decisions/0014-what-a-patient-keeps.md
 */
import type { MergeContext, MergeRemark } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';
import { isDead, saysOfDeath } from './death';

type Context = Pick<MergeContext, 'solelyThisLineage' | 'emptied'>;

/** `unknown` takes nothing away, unless it corrects what the same lineage alone has said. */
export function keepsGender(stored: AnyResource, { gender }: AnyResource, context: Context): boolean {
  if (gender === undefined) return true;
  return gender === 'unknown' && !context.solelyThisLineage && isKnown(stored.gender);
}

const isKnown = (gender: unknown): boolean => typeof gender === 'string' && gender !== 'unknown';

/** @returns nothing where the values are only left out, as by a sender that does not have them */
export function remarksOnKept(stored: AnyResource, incoming: AnyResource, context: Context): MergeRemark[] {
  const { emptied, solelyThisLineage } = context;
  const remarks: MergeRemark[] = [];
  if (emptied?.has('gender') === true && isKnown(stored.gender)) remarks.push(emptiedValue('gender'));
  if (emptied?.has('birthDate') === true && typeof stored.birthDate === 'string')
    remarks.push(emptiedValue('birthDate'));
  // Only who had said so can have taken it back.
  const isTakenBack = emptied?.has('deceased') === true || solelyThisLineage;
  if (isTakenBack && isDead(stored) && !saysOfDeath(incoming)) remarks.push(deathStays);
  return remarks;
}

const rule = 'submission-value-kept';

const emptiedValue = (element: 'gender' | 'birthDate'): MergeRemark => ({
  rule,
  severity: 'warning',
  element,
  text: `This message empties the ${element === 'gender' ? 'gender' : 'birth date'} (\`""\`). The stored value does not change, because nothing is given in its place. If it is wrong, send the right one.`,
  review: 'A message of HL7 v2 empties the birth date or gender of the patient, which stays',
});

const deathStays: MergeRemark = {
  rule,
  severity: 'warning',
  element: 'deceased',
  text: 'An earlier submission says that the patient died, and this one no longer does. The stored death does not change, because what is left out or empty (`""`) says nothing. If the patient is alive, send `deceasedBoolean` false (PID-30 `N`).',
  review: 'A submission no longer says that the patient died, and the stored death stays',
};
