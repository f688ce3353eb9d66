/**
 * A person as a UK Core Patient. Guidance 3.4.2.
 */
import { NHS_NUMBER_SYSTEM } from '../terminology/nhs-number';
import type { AnyResource, JsonObject } from '../fhir/types';
import type { Person } from './person';

const STRUCTURE = 'https://fhir.hl7.org.uk/StructureDefinition';
const CODES = 'https://fhir.hl7.org.uk/CodeSystem';

export function patientOf(person: Person, id: string): AnyResource {
  const { nextOfKin } = person;
  return {
    resourceType: 'Patient',
    id,
    meta: { profile: [`${STRUCTURE}/UKCore-Patient`] },
    identifier: [
      {
        extension: [verificationStatus()],
        system: NHS_NUMBER_SYSTEM,
        value: person.nhsNumber,
      },
      { system: `${person.place.trust.namespace}/patient`, value: person.localNumber },
    ],
    name: [
      {
        use: 'official',
        family: person.family,
        given: [...person.given],
        ...(person.title && { prefix: [person.title] }),
      },
    ],
    telecom: [
      { system: 'phone', value: person.mobile, use: 'mobile' },
      ...(person.landline ? [{ system: 'phone', value: person.landline, use: 'home' }] : []),
    ],
    gender: person.gender,
    birthDate: person.birthDate,
    address: [
      {
        use: 'home',
        type: 'both',
        line: [person.line],
        city: person.place.city,
        district: person.place.county,
        postalCode: person.postcode,
      },
    ],
    ...(nextOfKin && { contact: [contactOf(nextOfKin)] }),
  };
}

function verificationStatus(): JsonObject {
  return {
    url: `${STRUCTURE}/Extension-UKCore-NHSNumberVerificationStatus`,
    valueCodeableConcept: {
      coding: [
        {
          system: `${CODES}/UKCore-NHSNumberVerificationStatusEngland`,
          code: '01',
          display: 'Number present and verified',
        },
      ],
    },
  };
}

function contactOf(kin: NonNullable<Person['nextOfKin']>): JsonObject {
  return {
    relationship: [
      {
        coding: [
          {
            system: `${CODES}/UKCore-AdditionalPersonRelationshipRole`,
            code: 'Personal',
            display: 'Personal relationship with the patient',
          },
        ],
      },
    ],
    name: { use: 'official', family: kin.family, given: [kin.given] },
    telecom: [{ system: 'phone', value: kin.mobile, use: 'mobile' }],
    gender: kin.gender,
  };
}
