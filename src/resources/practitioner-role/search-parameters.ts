/** The search parameters of PractitionerRole. @see https://hl7.org/fhir/R4/practitionerrole.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import { isEmail, isPhone } from '../common/telecom';
import type { SearchParameter } from '../../definitions/table';

const { token, date, reference } = searchParametersOf('PractitionerRole');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  token('active', 'PractitionerRole.active', 'Whether this practitioner role record is in active use', {
    stored: 'plain',
  }),
  date(
    'date',
    'PractitionerRole.period',
    'The period during which the practitioner is authorized to perform in these role(s)',
    { column: 'period' },
  ),
  token('email', "PractitionerRole.telecom.where(system='email')", 'A value in an email contact', {
    definition: 'individual-email',
    paths: ['telecom'],
    multiple: true,
    filter: isEmail,
  }),
  reference(
    'endpoint',
    'PractitionerRole.endpoint',
    'Technical endpoints providing access to services operated for the practitioner with this role',
    { multiple: true, targets: ['Endpoint'] },
  ),
  token('identifier', 'PractitionerRole.identifier', 'A practitioner’s Identifier', { multiple: true }),
  reference(
    'location',
    'PractitionerRole.location',
    'One of the locations at which this practitioner provides care',
    { multiple: true, targets: ['Location'] },
  ),
  reference(
    'organization',
    'PractitionerRole.organization',
    'The identity of the organization the practitioner represents / acts on behalf of',
    { targets: ['Organization'] },
  ),
  token('phone', "PractitionerRole.telecom.where(system='phone')", 'A value in a phone contact', {
    definition: 'individual-phone',
    paths: ['telecom'],
    multiple: true,
    filter: isPhone,
  }),
  reference(
    'practitioner',
    'PractitionerRole.practitioner',
    'Practitioner that is able to provide the defined services for the organization',
    { targets: ['Practitioner'] },
  ),
  token('role', 'PractitionerRole.code', 'The practitioner can perform this role at for the organization', {
    multiple: true,
  }),
  reference(
    'service',
    'PractitionerRole.healthcareService',
    'The list of healthcare services that this worker provides for this role’s Organization/Location(s)',
    { multiple: true, targets: ['HealthcareService'] },
  ),
  token('specialty', 'PractitionerRole.specialty', 'The practitioner has this specialty at an organization', {
    multiple: true,
  }),
  token('telecom', 'PractitionerRole.telecom', 'The value in any kind of contact', {
    definition: 'individual-telecom',
    multiple: true,
  }),
];
