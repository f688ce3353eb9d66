/** AuditEvent: the audit trail. The server alone writes it; it is found and read as R4 says. @see https://hl7.org/fhir/R4/auditevent.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { auditEventsAreTheServersOwn } from './rules';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const auditEvent: ResourceDefinition = {
  type: 'AuditEvent',
  documentation:
    'Who did what to whose data. Written by this server. Reading it needs a scope that names AuditEvent.',
  ruleIds: [{ prefix: 'audit' }],
  elements: [],
  rules: [auditEventsAreTheServersOwn],
  repairs: [],
  otherPeople: { 'agent.who': 'did', 'source.observer': 'did' },
  scope: 'named',
  table,
  searchParameters,
  withdrawable: false,
  openUnderPolicy: 'Callers whose scope names AuditEvent can read the audit trail, whatever the policy says.',
};
