/**
 * What a retraction only states again. It says of its patient what the summary had said, and must not take the place of
 * what another summary has said since. Pure functions.
 * @see semantics "Corrections"
 */
import type { Stated } from '../steps';
import type { SaidOfPatient } from '../stored-before/read-patient-statements';

/** True where an edition of the same lineage gave each of the values that the Patient gives, the death aside. */
export function isStatedAgain({ values: given }: Stated, said: SaidOfPatient | undefined): boolean {
  const values = Object.entries(given);
  return (
    said?.ours.some(
      ({ stated }) => stated && values.every(([name, hash]) => stated.values[name] === hash),
    ) === true
  );
}

/** True where it says nothing of the death, or what the newest edition of the same lineage that speaks of it has said. */
export function isDeathStatedAgain({ dead }: Stated, said: SaidOfPatient | undefined): boolean {
  if (dead === undefined) return true;
  const spoken = said?.ours.find(({ stated }) => stated?.dead !== undefined);
  return spoken?.stated?.dead === dead;
}
