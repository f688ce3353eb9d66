/** The search parameters of Location. @see https://hl7.org/fhir/R4/location.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { string, token, reference, special } = searchParametersOf('Location');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  string('address', 'Location.address', 'A (part of the) address of the location', { multiple: true }),
  string('address-city', 'Location.address.city', 'A city specified in an address'),
  string('address-country', 'Location.address.country', 'A country specified in an address'),
  string('address-postalcode', 'Location.address.postalCode', 'A postal code specified in an address'),
  string('address-state', 'Location.address.state', 'A state specified in an address'),
  token('address-use', 'Location.address.use', 'A use code specified in an address', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/address-use',
  }),
  reference(
    'endpoint',
    'Location.endpoint',
    'Technical endpoints providing access to services operated for the location',
    { multiple: true, targets: ['Endpoint'] },
  ),
  token('identifier', 'Location.identifier', 'An identifier for the location', { multiple: true }),
  string('name', 'Location.name | Location.alias', 'A portion of the location’s name or alias', {
    multiple: true,
  }),
  special(
    'near',
    'Location.position',
    'Search for locations where the location.position is near to, or within a specified distance of, the provided coordinates expressed as [latitude]|[longitude]|[distance]|[units] (using the WGS84 datum, see notes).',
    { column: 'position' },
  ),
  token(
    'operational-status',
    'Location.operationalStatus',
    'Searches for locations (typically bed/room) that have an operational status (e.g. contaminated, housekeeping)',
  ),
  reference(
    'organization',
    'Location.managingOrganization',
    'Searches for locations that are managed by the provided organization',
    { targets: ['Organization'] },
  ),
  reference('partof', 'Location.partOf', 'A location of which this location is a part', {
    targets: ['Location'],
  }),
  token('status', 'Location.status', 'Searches for locations with a specific kind of status', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/location-status',
  }),
  token('type', 'Location.type', 'A code for the type of location', { multiple: true }),
];
