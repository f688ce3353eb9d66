/** The search parameters of Provenance. @see https://hl7.org/fhir/R4/provenance.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { refersTo, searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, token, date } = searchParametersOf('Provenance');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference('agent', 'Provenance.agent.who', 'Who participated', {
    multiple: true,
    targets: ['Practitioner', 'Organization', 'Device', 'Patient', 'PractitionerRole', 'RelatedPerson'],
  }),
  token('agent-role', 'Provenance.agent.role', 'What the agents role was', { multiple: true }),
  token('agent-type', 'Provenance.agent.type', 'How the agent participated', { multiple: true }),
  reference('entity', 'Provenance.entity.what', 'Identity of entity', { multiple: true }),
  reference('location', 'Provenance.location', 'Where the activity occurred, if relevant', {
    targets: ['Location'],
  }),
  reference(
    'patient',
    'Provenance.target.where(resolve() is Patient)',
    'Target Reference(s) (usually version specific)',
    { paths: ['target'], multiple: true, targets: ['Patient'], filter: refersTo('Patient') },
  ),
  date('recorded', 'Provenance.recorded', 'When the activity was recorded / updated', {
    moment: true,
  }),
  token(
    'signature-type',
    'Provenance.signature.type',
    'Indication of the reason the entity signed the object(s)',
    { multiple: true },
  ),
  reference('target', 'Provenance.target', 'Target Reference(s) (usually version specific)', {
    multiple: true,
  }),
  date('when', '(Provenance.occurred as dateTime)', 'When the activity occurred', {
    paths: ['occurredDateTime'],
  }),
];
