/** AuditEvent: the audit trail. The server alone writes it; it is found and read as R4 says. @see https://hl7.org/fhir/R4/auditevent.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { auditEventsAreTheServersOwn } from './rules';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const auditEvent: ResourceDefinition = {
  type: 'AuditEvent',
  elements: [],
  rules: [auditEventsAreTheServersOwn],
  repairs: [],
  table,
  searchParameters,
  withdrawable: false,
};
