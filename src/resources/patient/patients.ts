/** The object that tells the engines how patients are identified. @see docs/decisions/0006-patient-ids.md */
import { isCurrent } from '../../fhir/current-identifier';
import { identifierValue } from './identifier-value';
import type { PatientIdOf, Patients } from '../../definitions/patients';
import { isObject, isResource, listOf, type AnyResource, type JsonObject } from '../../fhir/types';
import { isValidNhsNumber, NHS_NUMBER_SYSTEM, withoutSpacesAndDashes } from '../../terminology/nhs-number';
import { resources } from '..';
import { happensAfterDeath } from './after-death';
import { birthDatesDiffer } from './birth-date-conflict';
import { isDead, saysOfDeath } from './death';
import { table } from './table';

const TYPE = 'Patient';

const TOLD = {
  name: 'name',
  gender: 'gender',
  birthDate: 'birth date',
  address: 'address',
  telecom: 'telephone numbers and e-mail addresses',
  contact: 'contacts',
  generalPractitioner: 'practice',
} as const;

/** @param idOf the server's id of the patient with an NHS number, which differs from database to database */
export function createPatients(idOf: PatientIdOf): Patients {
  return {
    type: TYPE,
    identifierSystem: NHS_NUMBER_SYSTEM,
    table: { name: table.name, nhsNumber: 'nhs_number', birthDate: 'birth_date' },
    careTables: resources.filter(({ showsCare }) => showsCare).map((definition) => definition.table.name),
    careTypes: resources.filter(({ showsCare }) => showsCare).map(({ type }) => type),
    readNumber: (text) => {
      const digits = withoutSpacesAndDashes(text);
      return { digits, isRight: isValidNhsNumber(digits) };
    },
    idOf,
    idOfResource: (patient) => {
      const nhsNumber = identifierValue(patient, NHS_NUMBER_SYSTEM);
      return nhsNumber === null ? undefined : idOf(nhsNumber);
    },
    nhsNumberOf: (patient) => identifierValue(patient, NHS_NUMBER_SYSTEM) ?? undefined,
    nhsNumberOfLogical: nhsNumberIn,
    idOfToken: (token) => {
      const start = `${NHS_NUMBER_SYSTEM}|`;
      if (!token.startsWith(start) || token.includes(',')) return undefined;
      return idOf(withoutSpacesAndDashes(token.slice(start.length)));
    },
    idOfLogical: (reference) => {
      const nhsNumber = nhsNumberIn(reference);
      return nhsNumber === undefined ? undefined : idOf(nhsNumber);
    },
    birthDatesDiffer,
    happensAfterDeath,
    isDead,
    saysOfDeath,
    told: TOLD,
    nhsNumbersIn,
  };
}

function nhsNumberIn({ reference, identifier }: JsonObject): string | undefined {
  if (reference !== undefined || !isObject(identifier) || !isCurrent(identifier)) return undefined;
  const { system, value } = identifier;
  return system === NHS_NUMBER_SYSTEM && typeof value === 'string' && isValidNhsNumber(value)
    ? value
    : undefined;
}

/** Reads a resource that is not valid too, because a refused submission is recorded with its patient. */
function nhsNumbersIn(bundle: AnyResource | undefined): string[] {
  const numbers = listOf(bundle?.entry)
    .filter(isObject)
    .map(({ resource }) => resource)
    .filter(isResource)
    .filter(({ resourceType }) => resourceType === TYPE)
    .map((patient) => identifierValue(patient, NHS_NUMBER_SYSTEM))
    .filter((value) => value !== null && /^\d{10}$/.test(value));
  return [...new Set(numbers as string[])];
}
