/** The search parameters of QuestionnaireResponse. @see https://hl7.org/fhir/R4/questionnaireresponse.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { reference, date, token } = searchParametersOf('QuestionnaireResponse');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  reference('author', 'QuestionnaireResponse.author', 'The author of the questionnaire response', {
    targets: ['Practitioner', 'Organization', 'Device', 'Patient', 'PractitionerRole', 'RelatedPerson'],
  }),
  date('authored', 'QuestionnaireResponse.authored', 'When the questionnaire response was last changed'),
  reference(
    'based-on',
    'QuestionnaireResponse.basedOn',
    'Plan/proposal/order fulfilled by this questionnaire response',
    { multiple: true, targets: ['CarePlan', 'ServiceRequest'] },
  ),
  reference(
    'encounter',
    'QuestionnaireResponse.encounter',
    'Encounter associated with the questionnaire response',
    { targets: ['Encounter'] },
  ),
  token(
    'identifier',
    'QuestionnaireResponse.identifier',
    'The unique identifier for the questionnaire response',
  ),
  reference(
    'part-of',
    'QuestionnaireResponse.partOf',
    'Procedure or observation this questionnaire response was performed as a part of',
    { multiple: true, targets: ['Observation', 'Procedure'] },
  ),
  reference(
    'patient',
    'QuestionnaireResponse.subject.where(resolve() is Patient)',
    'The patient that is the subject of the questionnaire response',
    { paths: ['subject'], targets: ['Patient'], column: 'subject', stored: 'owner' },
  ),
  reference(
    'questionnaire',
    'QuestionnaireResponse.questionnaire',
    'The questionnaire the answers are provided for',
    { targets: ['Questionnaire'], multiple: true, canonical: true },
  ),
  reference(
    'source',
    'QuestionnaireResponse.source',
    'The individual providing the information reflected in the questionnaire respose',
    { targets: ['Practitioner', 'Patient', 'PractitionerRole', 'RelatedPerson'], column: 'source_reference' },
  ),
  token('status', 'QuestionnaireResponse.status', 'The status of the questionnaire response', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/questionnaire-answers-status',
  }),
  reference('subject', 'QuestionnaireResponse.subject', 'The subject of the questionnaire response', {
    column: 'subject',
    stored: 'owner',
  }),
];
