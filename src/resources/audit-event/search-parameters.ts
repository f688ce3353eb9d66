/** The search parameters of AuditEvent. @see https://hl7.org/fhir/R4/auditevent.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { refersTo, searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, token, date, string, uri } = searchParametersOf('AuditEvent');

/** Who an agent or a source can be. */
const participants = [
  'Practitioner',
  'Organization',
  'Device',
  'Patient',
  'PractitionerRole',
  'RelatedPerson',
];

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  token('action', 'AuditEvent.action', 'Type of action performed during the event', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/audit-event-action',
  }),
  string(
    'address',
    'AuditEvent.agent.network.address',
    'Identifier for the network access point of the user device',
    { multiple: true },
  ),
  reference('agent', 'AuditEvent.agent.who', 'Identifier of who', { multiple: true, targets: participants }),
  string('agent-name', 'AuditEvent.agent.name', 'Human friendly name for the agent', { multiple: true }),
  token('agent-role', 'AuditEvent.agent.role', 'Agent role in the event', { multiple: true }),
  token('altid', 'AuditEvent.agent.altId', 'Alternative User identity', { multiple: true }),
  date('date', 'AuditEvent.recorded', 'Time when the event was recorded', {
    stored: 'instant',
    column: 'last_updated',
  }),
  reference('entity', 'AuditEvent.entity.what', 'Specific instance of resource', { multiple: true }),
  string('entity-name', 'AuditEvent.entity.name', 'Descriptor for entity', { multiple: true }),
  token('entity-role', 'AuditEvent.entity.role', 'What role the entity played', { multiple: true }),
  token('entity-type', 'AuditEvent.entity.type', 'Type of entity involved', { multiple: true }),
  token('outcome', 'AuditEvent.outcome', 'Whether the event succeeded or failed', {
    stored: 'plain',
    system: 'http://terminology.hl7.org/CodeSystem/audit-event-outcome',
  }),
  reference(
    'patient',
    'AuditEvent.agent.who.where(resolve() is Patient) | AuditEvent.entity.what.where(resolve() is Patient)',
    'Identifier of who',
    { paths: ['agent.who', 'entity.what'], multiple: true, targets: ['Patient'], filter: isPatient },
  ),
  uri('policy', 'AuditEvent.agent.policy', 'Policy that authorized event', { multiple: true }),
  token('site', 'AuditEvent.source.site', 'Logical source location within the enterprise'),
  reference('source', 'AuditEvent.source.observer', 'The identity of source detecting the event', {
    column: 'observer',
    targets: participants,
  }),
  token('subtype', 'AuditEvent.subtype', 'More specific type/id for the event', { multiple: true }),
  token('type', 'AuditEvent.type', 'Type/identifier of event'),
];

/** By reference or, if only the identifier is known, by the `type` of the Reference. */
function isPatient(value: unknown): boolean {
  return refersTo('Patient')(value) || (value as { type?: unknown }).type === 'Patient';
}
