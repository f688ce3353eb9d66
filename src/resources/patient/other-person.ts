/**
 * Whether two Patients with one NHS number look like two persons, as after a mistyped number. They are accepted as one,
 * and marked for review. @see semantics "Who is who"
 */
import { normalForm } from '../../fhir/normal-form';
import { isObject, listOf, type AnyResource } from '../../fhir/types';

/** True where both give family name, given names and gender, and no part of either name nor the gender is the same. */
export function isOtherPerson(stored: AnyResource, incoming: AnyResource): boolean {
  return mayBeATwin(stored, incoming) && differ(namesOf(stored, 'family'), namesOf(incoming, 'family'));
}

/** True where both give given names and gender, and no given name nor the gender is the same. */
export function mayBeATwin(stored: AnyResource, incoming: AnyResource): boolean {
  const genders = [stored.gender, incoming.gender];
  if (genders.some((gender) => typeof gender !== 'string' || gender === 'unknown')) return false;
  return genders[0] !== genders[1] && differ(namesOf(stored, 'given'), namesOf(incoming, 'given'));
}

/**
 * True where only one of them gives a birth date, so that there is none to compare, and no given name is the same: a baby may be
 * sent under the NHS number of the mother.
 */
export function mayBeABaby(stored: AnyResource, incoming: AnyResource): boolean {
  const isGiven = ({ birthDate }: AnyResource): boolean => typeof birthDate === 'string';
  return (
    isGiven(stored) !== isGiven(incoming) && differ(namesOf(stored, 'given'), namesOf(incoming, 'given'))
  );
}

const differ = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  some.size > 0 && others.size > 0 && ![...some].some((name) => others.has(name));

/** Every family or given name that the Patient has or had, as plain letters: `O'Brien` becomes `obrien`. */
function namesOf({ name }: AnyResource, part: 'family' | 'given'): Set<string> {
  const texts = listOf(name)
    .filter(isObject)
    .flatMap((each) => listOf(each[part]))
    .filter((text) => typeof text === 'string')
    .map((text) =>
      normalForm('NFKD', text)
        .toLowerCase()
        .replace(/[^\p{L}]/gu, ''),
    );
  return new Set(texts.filter((text) => text !== ''));
}
