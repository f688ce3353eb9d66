/**
 * Tells which submission the values of a stored Patient come from, so that a retraction can say what it leaves behind.
 * Pure functions.
 * @see semantics "Who is who"; docs/decisions/0014-what-a-patient-keeps.md
 */
import { isDeepStrictEqual } from 'node:util';
import type { PatientVersion, ValuesLeft } from '../../definitions/patients';
import type { AnyResource } from '../../fhir/types';
import { DECEASED, isDead } from './death';

/** The elements by which people know a patient, and what people call them. */
const TOLD = {
  name: 'name',
  gender: 'gender',
  birthDate: 'birth date',
  address: 'address',
  telecom: 'telephone numbers and e-mail addresses',
  contact: 'contacts',
  generalPractitioner: 'practice',
} as const;

export function valuesLeft(
  versions: readonly PatientVersion[],
  restatedBy: ReadonlySet<string>,
  isTheirs: (submissionId: string) => boolean,
): ValuesLeft {
  const isConfirmed = [...restatedBy].some((id) => !isTheirs(id));
  const elements = isConfirmed
    ? []
    : Object.entries(TOLD)
        .filter(([element]) => isSaidOnlyBy(element, versions, isTheirs))
        .map(([, called]) => called);
  return { death: isDeathOnlyTheirs(versions, isTheirs), elements };
}

/** True where the newest version has the element, and all versions since it came to have this value are theirs. */
function isSaidOnlyBy(
  element: string,
  versions: readonly PatientVersion[],
  isTheirs: (submissionId: string) => boolean,
): boolean {
  const value = versions[0]?.content[element];
  if (value === undefined) return false;
  const other = versions.findIndex(({ content }) => !isDeepStrictEqual(content[element], value));
  const saying = other === -1 ? versions : versions.slice(0, other);
  return saying.every(({ submissionId }) => isTheirs(submissionId));
}

/** True where each version that came to say of the death what it says is theirs. Others may have kept it. */
function isDeathOnlyTheirs(
  versions: readonly PatientVersion[],
  isTheirs: (submissionId: string) => boolean,
): boolean {
  const saying = versionsOfDeath(versions);
  const isOther = (version: PatientVersion, before: PatientVersion | undefined): boolean =>
    !isTheirs(version.submissionId) && !(before && saysTheSame(DECEASED, version.content, before.content));
  return saying.length > 0 && !saying.some((version, index) => isOther(version, saying[index + 1]));
}

export const originOfDeath = (versions: readonly PatientVersion[]): PatientVersion | undefined =>
  versionsOfDeath(versions).at(-1);

function versionsOfDeath(versions: readonly PatientVersion[]): readonly PatientVersion[] {
  const alive = versions.findIndex(({ content }) => !isDead(content));
  return alive === -1 ? versions : versions.slice(0, alive);
}

export const saysNothingNew = (patient: AnyResource, other: AnyResource): boolean =>
  Object.keys(TOLD).every(
    (element) => patient[element] === undefined || saysTheSame([element], patient, other),
  );

const saysTheSame = (elements: readonly string[], one: AnyResource, other: AnyResource): boolean =>
  elements.every((element) => isDeepStrictEqual(one[element], other[element]));
