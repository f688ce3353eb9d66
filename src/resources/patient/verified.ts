/** Whether a sender says that the Patient's NHS number was verified. Absent: not verified (guidance 3.4.2). */
import { isCurrent, storedAt } from '../../fhir/current-identifier';
import { isObject, listOf, type AnyResource, type JsonObject } from '../../fhir/types';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import { VERIFICATION_EXTENSION, verificationStatus } from '../../terminology/nhs-number-verification';

export function isVerified(patient: AnyResource): boolean {
  return nhsNumbersOf(patient).some((identifier) => statusesOf(identifier).some(saysVerified));
}

/** The same of a stored Patient. A number stays verified when the period that it was sent with ends. */
export function wasVerified(stored: AnyResource): boolean {
  return nhsNumbersOf(stored, storedAt(stored)).some((identifier) =>
    statusesOf(identifier).some(saysVerified),
  );
}

/** The Patient with the verification status that the stored one has, in place of its own. */
export function withVerificationOf(stored: AnyResource, patient: AnyResource): AnyResource {
  const status = nhsNumbersOf(stored, storedAt(stored)).flatMap(statusesOf).find(saysVerified);
  if (!status) return patient;
  const numbers = new Set(nhsNumbersOf(patient));
  return {
    ...patient,
    identifier: listOf(patient.identifier).map((identifier) => {
      if (!isObject(identifier) || !numbers.has(identifier)) return identifier;
      const others = objects(identifier.extension).filter((extension) => !isStatus(extension));
      return { ...identifier, extension: [status, ...others] };
    }),
  };
}

const isStatus = ({ url }: JsonObject): boolean => url === VERIFICATION_EXTENSION;
const statusesOf = ({ extension }: JsonObject): JsonObject[] => objects(extension).filter(isStatus);

const nhsNumbersOf = (patient: AnyResource, at?: number): JsonObject[] =>
  objects(patient.identifier).filter(
    (identifier) => identifier.system === NHS_NUMBER_SYSTEM && isCurrent(identifier, at),
  );

function saysVerified({ valueCodeableConcept }: JsonObject): boolean {
  return objects(valueCodeableConcept)
    .flatMap(({ coding }) => objects(coding))
    .some(({ system, code }) => verificationStatus(system, code)?.isVerified === true);
}

const objects = (value: unknown): JsonObject[] => listOf(value as never).filter(isObject);
