/**
 * When two Patients with one NHS number are the same person, and what is then kept.
 * @see semantics «Who is who»; docs/decisions/0006-patient-ids.md
 */
import type { MergeContext, MergeResult } from '../../definitions/table';
import { isObject, listOf, type AnyResource } from '../../fhir/types';
import { isVerified } from './verified';

/** Absence is no statement: what the newest submission does not give of these is kept. */
const keptWhenAbsent: readonly (readonly string[])[] = [
  ['birthDate', '_birthDate'],
  ['gender', '_gender'],
  ['deceasedBoolean', '_deceasedBoolean', 'deceasedDateTime', '_deceasedDateTime'],
];

/**
 * The newest submission's demographics, with what it does not state of birth date, gender and death kept.
 * Another birth date (as far as both give day, month and year) is a conflict, unless the new number is verified and
 * the stored one was not, or the stored Patient came from this lineage only.
 */
export function mergePatient(stored: AnyResource, incoming: AnyResource, context: MergeContext): MergeResult {
  const issues = [];
  if (birthDatesDiffer(stored.birthDate, incoming.birthDate)) {
    const corrects = context.solelyThisLineage;
    if (!corrects && !(isVerified(incoming) && !isVerified(stored))) {
      return {
        ok: false,
        conflict: {
          element: 'birthDate',
          code: 'conflict',
          text: 'The NHS number is held here by a person with another birth date. Check that the summary is for the right person; where the number has been verified, say so with the verification status 01 (number present and verified).',
        },
      };
    }
    if (!corrects) {
      issues.push({
        element: 'birthDate',
        text: 'The birth date replaces the one stored, whose NHS number was not verified as this one is.',
        code: 'business-rule' as const,
      });
    }
  }
  const resource: AnyResource = { ...incoming };
  for (const names of keptWhenAbsent) {
    if (names.some((name) => incoming[name] !== undefined)) continue;
    for (const name of names) if (stored[name] !== undefined) resource[name] = stored[name];
  }
  return { ok: true, resource, issues };
}

/** True where a part (year, month or day) that both give is not the same. */
export function birthDatesDiffer(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  const [a, b] = [one.split('-'), other.split('-')];
  return a.some((part, index) => b[index] !== undefined && b[index] !== part);
}

/** The NHS numbers that a Patient bears, as tokens. */
export function nhsNumberTokens(patient: AnyResource): string[] {
  const system = 'https://fhir.nhs.uk/Id/nhs-number';
  return listOf(patient.identifier).flatMap((identifier) =>
    isObject(identifier) && identifier.system === system && typeof identifier.value === 'string'
      ? [`${system}|${identifier.value}`]
      : [],
  );
}
