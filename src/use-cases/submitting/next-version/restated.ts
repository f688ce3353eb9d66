/**
 * What a retraction only states again. It says of its patient what the summary had said, and must not take the place of
 * what another summary has said since. Pure functions.
 * @see semantics "Corrections"
 */
import type { Patients } from '../../../definitions/patients';
import type { AnyResource } from '../../../fhir/types';
import { statedOf } from '../patient-statement';
import type { SaidOfPatient } from '../stored-before/read-patient-statements';

/** True where an edition of the same lineage gave each of the values that the Patient gives, the death aside. */
export function isStatedAgain(
  patient: AnyResource,
  said: SaidOfPatient | undefined,
  patients: Patients,
): boolean {
  const values = Object.entries(statedOf(patient, patients, true).values);
  return (
    said?.ours.some(
      ({ stated }) => stated && values.every(([name, hash]) => stated.values[name] === hash),
    ) === true
  );
}

/** True where it says nothing of the death that an edition of the same lineage has not said. */
export function isDeathStatedAgain(
  patient: AnyResource,
  said: SaidOfPatient | undefined,
  patients: Patients,
): boolean {
  const { dead } = statedOf(patient, patients, true);
  return dead === undefined || said?.ours.some(({ stated }) => stated?.dead === dead) === true;
}
