/** The search parameters of Patient. @see https://hl7.org/fhir/R4/patient.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import { soundex } from '../common/soundex';
import { isEmail, isPhone } from '../common/telecom';
import type { SearchParameter } from '../../definitions/table';
import type { AnyResource } from '../../fhir/types';

const { token, string, date, reference } = searchParametersOf('Patient');

/** The official expression: a date of death, or a true `deceasedBoolean`; false of everyone else. */
function hasDied(patient: AnyResource): readonly boolean[] {
  return [patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined];
}

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  token('active', 'Patient.active', 'Whether the patient record is active', { stored: 'plain' }),
  string(
    'address',
    'Patient.address',
    'A server defined search that may match any of the string fields in the Address, including line, city, district, state, country, postalCode, and/or text',
    { definition: 'individual-address', multiple: true },
  ),
  string('address-city', 'Patient.address.city', 'A city specified in an address', {
    definition: 'individual-address-city',
    multiple: true,
  }),
  string('address-country', 'Patient.address.country', 'A country specified in an address', {
    definition: 'individual-address-country',
    multiple: true,
  }),
  string('address-postalcode', 'Patient.address.postalCode', 'A postalCode specified in an address', {
    definition: 'individual-address-postalcode',
    multiple: true,
  }),
  string('address-state', 'Patient.address.state', 'A state specified in an address', {
    definition: 'individual-address-state',
    multiple: true,
  }),
  token('address-use', 'Patient.address.use', 'A use code specified in an address', {
    definition: 'individual-address-use',
    multiple: true,
    stored: 'plain',
    system: 'http://hl7.org/fhir/address-use',
  }),
  date('birthdate', 'Patient.birthDate', 'The patient’s date of birth', {
    definition: 'individual-birthdate',
    column: 'birth',
  }),
  date(
    'death-date',
    '(Patient.deceased as dateTime)',
    'The date of death has been provided and satisfies this search value',
    { paths: ['deceasedDateTime'], column: 'death' },
  ),
  token(
    'deceased',
    'Patient.deceased.exists() and Patient.deceased != false',
    'This patient has been marked as deceased, or as a death date entered',
    { paths: [], stored: 'plain', values: hasDied },
  ),
  token('email', "Patient.telecom.where(system='email')", 'A value in an email contact', {
    definition: 'individual-email',
    paths: ['telecom'],
    multiple: true,
    filter: isEmail,
  }),
  string('family', 'Patient.name.family', 'A portion of the family name of the patient', {
    definition: 'individual-family',
    multiple: true,
  }),
  token('gender', 'Patient.gender', 'Gender of the patient', {
    definition: 'individual-gender',
    stored: 'plain',
    system: 'http://hl7.org/fhir/administrative-gender',
  }),
  reference(
    'general-practitioner',
    'Patient.generalPractitioner',
    'Patient’s nominated general practitioner, not the organization that manages the record',
    { multiple: true, targets: ['Practitioner', 'Organization', 'PractitionerRole'] },
  ),
  string('given', 'Patient.name.given', 'A portion of the given name of the patient', {
    definition: 'individual-given',
    multiple: true,
  }),
  token('identifier', 'Patient.identifier', 'A patient identifier', {
    multiple: true,
    numbersPatients: true,
  }),
  token('language', 'Patient.communication.language', 'Language code (irrespective of use value)', {
    multiple: true,
  }),
  reference('link', 'Patient.link.other', 'All patients linked to the given patient', {
    multiple: true,
    targets: ['Patient', 'RelatedPerson'],
  }),
  string(
    'name',
    'Patient.name',
    'A server defined search that may match any of the string fields in the HumanName, including family, give, prefix, suffix, suffix, and/or text',
    { multiple: true },
  ),
  reference(
    'organization',
    'Patient.managingOrganization',
    'The organization that is the custodian of the patient record',
    { targets: ['Organization'] },
  ),
  token('phone', "Patient.telecom.where(system='phone')", 'A value in a phone contact', {
    definition: 'individual-phone',
    paths: ['telecom'],
    multiple: true,
    filter: isPhone,
  }),
  string(
    'phonetic',
    'Patient.name',
    'A portion of either family or given name using some kind of phonetic matching algorithm',
    { definition: 'individual-phonetic', multiple: true, encode: soundex },
  ),
  token('telecom', 'Patient.telecom', 'The value in any kind of telecom details of the patient', {
    definition: 'individual-telecom',
    multiple: true,
  }),
];
