/** The search parameters of Organization. @see https://hl7.org/fhir/R4/organization.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import { soundex } from '../common/soundex';
import type { SearchParameter } from '../../definitions/table';

const { token, string, reference } = searchParametersOf('Organization');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  token('active', 'Organization.active', 'Is the Organization record active', { stored: 'plain' }),
  string(
    'address',
    'Organization.address',
    'A server defined search that may match any of the string fields in the Address, including line, city, district, state, country, postalCode, and/or text',
    { multiple: true },
  ),
  string('address-city', 'Organization.address.city', 'A city specified in an address', { multiple: true }),
  string('address-country', 'Organization.address.country', 'A country specified in an address', {
    multiple: true,
  }),
  string('address-postalcode', 'Organization.address.postalCode', 'A postal code specified in an address', {
    multiple: true,
  }),
  string('address-state', 'Organization.address.state', 'A state specified in an address', {
    multiple: true,
  }),
  token('address-use', 'Organization.address.use', 'A use code specified in an address', {
    multiple: true,
    stored: 'plain',
    system: 'http://hl7.org/fhir/address-use',
  }),
  reference(
    'endpoint',
    'Organization.endpoint',
    'Technical endpoints providing access to services operated for the organization',
    { multiple: true, targets: ['Endpoint'] },
  ),
  token(
    'identifier',
    'Organization.identifier',
    'Any identifier for the organization (not the accreditation issuer’s identifier)',
    { multiple: true },
  ),
  string('name', 'Organization.name | Organization.alias', 'A portion of the organization’s name or alias', {
    multiple: true,
  }),
  reference('partof', 'Organization.partOf', 'An organization of which this organization forms a part', {
    targets: ['Organization'],
  }),
  string(
    'phonetic',
    'Organization.name',
    'A portion of the organization’s name using some kind of phonetic matching algorithm',
    { encode: soundex },
  ),
  token('type', 'Organization.type', 'A code for the type of organization', { multiple: true }),
];
