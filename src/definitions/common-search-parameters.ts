/**
 * The search parameters that every resource type has, and whose columns every table has.
 * @see https://hl7.org/fhir/R4/search.html#all
 */
import { searchParametersOf } from './search-parameter';
import type { SearchParameter } from './table';

const { token, date, uri } = searchParametersOf('Resource');

export const commonSearchParameters: readonly SearchParameter[] = [
  token('_id', 'Resource.id', 'Logical id of this artifact', { stored: 'id', definition: 'Resource-id' }),
  date('_lastUpdated', 'Resource.meta.lastUpdated', 'When the resource version last changed', {
    stored: 'instant',
    definition: 'Resource-lastUpdated',
  }),
  uri('_profile', 'Resource.meta.profile', 'Profiles this resource claims to conform to', {
    multiple: true,
    definition: 'Resource-profile',
  }),
  token('_tag', 'Resource.meta.tag', 'Tags applied to this resource', {
    multiple: true,
    definition: 'Resource-tag',
  }),
  token('_security', 'Resource.meta.security', 'Security Labels applied to this resource', {
    multiple: true,
    definition: 'Resource-security',
  }),
  uri('_source', 'Resource.meta.source', 'Identifies where the resource comes from', {
    definition: 'Resource-source',
  }),
];
