/** The search parameters of Encounter. @see https://hl7.org/fhir/R4/encounter.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { refersTo, searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, token, date, quantity } = searchParametersOf('Encounter');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference(
    'account',
    'Encounter.account',
    'The set of accounts that may be used for billing for this Encounter',
    { multiple: true, targets: ['Account'] },
  ),
  reference('appointment', 'Encounter.appointment', 'The appointment that scheduled this encounter', {
    multiple: true,
    targets: ['Appointment'],
  }),
  reference('based-on', 'Encounter.basedOn', 'The ServiceRequest that initiated this encounter', {
    multiple: true,
    targets: ['ServiceRequest'],
  }),
  token('class', 'Encounter.class', 'Classification of patient encounter'),
  date('date', 'Encounter.period', 'A date within the period the Encounter lasted', {
    definition: 'clinical-date',
    column: 'period',
  }),
  reference(
    'diagnosis',
    'Encounter.diagnosis.condition',
    'The diagnosis or procedure relevant to the encounter',
    { multiple: true, targets: ['Condition', 'Procedure'] },
  ),
  reference(
    'episode-of-care',
    'Encounter.episodeOfCare',
    'Episode(s) of care that this encounter should be recorded against',
    { multiple: true, targets: ['EpisodeOfCare'] },
  ),
  token('identifier', 'Encounter.identifier', 'Identifier(s) by which this encounter is known', {
    definition: 'clinical-identifier',
    multiple: true,
  }),
  quantity('length', 'Encounter.length', 'Length of encounter in days'),
  reference('location', 'Encounter.location.location', 'Location the encounter takes place', {
    multiple: true,
    targets: ['Location'],
  }),
  date(
    'location-period',
    'Encounter.location.period',
    'Time period during which the patient was present at the location',
    { multiple: true },
  ),
  reference('part-of', 'Encounter.partOf', 'Another Encounter this encounter is part of', {
    targets: ['Encounter'],
  }),
  reference(
    'participant',
    'Encounter.participant.individual',
    'Persons involved in the encounter other than the patient',
    { multiple: true, targets: ['Practitioner', 'PractitionerRole', 'RelatedPerson'] },
  ),
  token('participant-type', 'Encounter.participant.type', 'Role of participant in encounter', {
    multiple: true,
  }),
  reference(
    'patient',
    'Encounter.subject.where(resolve() is Patient)',
    'The patient or group present at the encounter',
    {
      definition: 'clinical-patient',
      paths: ['subject'],
      targets: ['Patient'],
      column: 'subject',
      stored: 'owner',
    },
  ),
  reference(
    'practitioner',
    'Encounter.participant.individual.where(resolve() is Practitioner)',
    'Persons involved in the encounter other than the patient',
    {
      paths: ['participant.individual'],
      multiple: true,
      targets: ['Practitioner'],
      filter: refersTo('Practitioner'),
    },
  ),
  token('reason-code', 'Encounter.reasonCode', 'Coded reason the encounter takes place', { multiple: true }),
  reference('reason-reference', 'Encounter.reasonReference', 'Reason the encounter takes place (reference)', {
    multiple: true,
    targets: ['Condition', 'Observation', 'Procedure', 'ImmunizationRecommendation'],
  }),
  reference(
    'service-provider',
    'Encounter.serviceProvider',
    'The organization (facility) responsible for this encounter',
    { targets: ['Organization'], refersToOneOfFew: true },
  ),
  token(
    'special-arrangement',
    'Encounter.hospitalization.specialArrangement',
    'Wheelchair, translator, stretcher, etc.',
    { multiple: true },
  ),
  token(
    'status',
    'Encounter.status',
    'planned | arrived | triaged | in-progress | onleave | finished | cancelled +',
    { stored: 'plain', system: 'http://hl7.org/fhir/encounter-status' },
  ),
  reference('subject', 'Encounter.subject', 'The patient or group present at the encounter', {
    targets: ['Group', 'Patient'],
    column: 'subject',
    stored: 'owner',
  }),
  token('type', 'Encounter.type', 'Specific type of encounter', {
    definition: 'clinical-type',
    multiple: true,
  }),
];
