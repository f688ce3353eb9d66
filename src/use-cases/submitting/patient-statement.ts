/**
 * What a submission says of its patient, in short. It is kept in the submission's record, because a stored Patient does
 * not show it: what one submission leaves out is kept from another. Pure functions.
 * @see docs/decisions/0014-what-a-patient-keeps.md
 */
import { createHash } from 'node:crypto';
import type { Patients } from '../../definitions/patients';
import { isInError } from '../../fhir/in-error';
import type { AnyResource, Json } from '../../fhir/types';
import { canonicalText } from './canonical-text';
import type { EntryRequest, Stated } from './steps';

export function statedOf(patient: AnyResource, patients: Patients, retracts: boolean): Stated {
  const values: Record<string, string> = {};
  for (const element of Object.keys(patients.told)) {
    const value = patient[element];
    if (value !== undefined) values[element] = shortHash(value);
  }
  return {
    ...(patients.saysOfDeath(patient) && { dead: patients.isDead(patient) }),
    values,
    ...(retracts && { retracts }),
  };
}

/** Long enough that two values of one patient do not meet by chance, and short in the record. */
const HASH_LENGTH = 11;

const shortHash = (value: Json): string =>
  createHash('sha256').update(canonicalText(value)).digest('base64url').slice(0, HASH_LENGTH);

/**
 * True where every stay and document is entered in error.
 * @param retracted the type of what is retracted, where the rest is only stated again: a message of HL7 v2 cannot
 *   retract a stay
 */
export function isRetraction(
  requests: readonly Pick<EntryRequest, 'resource'>[],
  { careTypes }: Pick<Patients, 'careTypes'>,
  retracted?: string,
): boolean {
  const types = retracted === undefined ? careTypes : [retracted];
  const care = requests.filter(({ resource }) => types.includes(resource.resourceType));
  return care.length > 0 && care.every(({ resource }) => isInError(resource));
}
