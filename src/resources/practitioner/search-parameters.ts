/** The search parameters of Practitioner. @see https://hl7.org/fhir/R4/practitioner.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import { soundex } from '../common/soundex';
import { isEmail, isPhone } from '../common/telecom';
import type { SearchParameter } from '../../definitions/table';

const { token, string } = searchParametersOf('Practitioner');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  token('active', 'Practitioner.active', 'Whether the practitioner record is active', { stored: 'plain' }),
  string(
    'address',
    'Practitioner.address',
    'A server defined search that may match any of the string fields in the Address, including line, city, district, state, country, postalCode, and/or text',
    { definition: 'individual-address', multiple: true },
  ),
  string('address-city', 'Practitioner.address.city', 'A city specified in an address', {
    definition: 'individual-address-city',
    multiple: true,
  }),
  string('address-country', 'Practitioner.address.country', 'A country specified in an address', {
    definition: 'individual-address-country',
    multiple: true,
  }),
  string('address-postalcode', 'Practitioner.address.postalCode', 'A postalCode specified in an address', {
    definition: 'individual-address-postalcode',
    multiple: true,
  }),
  string('address-state', 'Practitioner.address.state', 'A state specified in an address', {
    definition: 'individual-address-state',
    multiple: true,
  }),
  token('address-use', 'Practitioner.address.use', 'A use code specified in an address', {
    definition: 'individual-address-use',
    multiple: true,
    stored: 'plain',
    system: 'http://hl7.org/fhir/address-use',
  }),
  token(
    'communication',
    'Practitioner.communication',
    'One of the languages that the practitioner can communicate with',
    { multiple: true },
  ),
  token('email', "Practitioner.telecom.where(system='email')", 'A value in an email contact', {
    definition: 'individual-email',
    paths: ['telecom'],
    multiple: true,
    filter: isEmail,
  }),
  string('family', 'Practitioner.name.family', 'A portion of the family name', {
    definition: 'individual-family',
    multiple: true,
  }),
  token('gender', 'Practitioner.gender', 'Gender of the practitioner', {
    definition: 'individual-gender',
    stored: 'plain',
    system: 'http://hl7.org/fhir/administrative-gender',
  }),
  string('given', 'Practitioner.name.given', 'A portion of the given name', {
    definition: 'individual-given',
    multiple: true,
  }),
  token('identifier', 'Practitioner.identifier', 'A practitioner’s Identifier', { multiple: true }),
  string(
    'name',
    'Practitioner.name',
    'A server defined search that may match any of the string fields in the HumanName, including family, give, prefix, suffix, suffix, and/or text',
    { multiple: true },
  ),
  token('phone', "Practitioner.telecom.where(system='phone')", 'A value in a phone contact', {
    definition: 'individual-phone',
    paths: ['telecom'],
    multiple: true,
    filter: isPhone,
  }),
  string(
    'phonetic',
    'Practitioner.name',
    'A portion of either family or given name using some kind of phonetic matching algorithm',
    { definition: 'individual-phonetic', multiple: true, encode: soundex },
  ),
  token('telecom', 'Practitioner.telecom', 'The value in any kind of contact', {
    definition: 'individual-telecom',
    multiple: true,
  }),
];
