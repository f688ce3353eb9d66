/** Whether the sender says that the Patient's NHS number was verified. Absent: not verified (guidance 3.4.2). */
import { isObject, listOf, type AnyResource, type JsonObject } from '../../fhir/types';
import { verificationStatus } from '../../terminology/nhs-number-verification';

const EXTENSION = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';

export function isVerified(patient: AnyResource): boolean {
  return objects(patient.identifier)
    .filter(({ system }) => system === 'https://fhir.nhs.uk/Id/nhs-number')
    .flatMap(({ extension }) => objects(extension).filter(({ url }) => url === EXTENSION))
    .flatMap(({ valueCodeableConcept }) =>
      objects(valueCodeableConcept).flatMap(({ coding }) => objects(coding)),
    )
    .some(({ system, code }) => {
      const status =
        typeof system === 'string' && typeof code === 'string' ? verificationStatus(system, code) : undefined;
      return status?.isVerified === true;
    });
}

const objects = (value: unknown): JsonObject[] => listOf(value as never).filter(isObject);
