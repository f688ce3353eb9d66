/** QuestionnaireResponse: answers to questionnaires. The guidance does not describe it; it is stored and found as R4 says. @see https://hl7.org/fhir/R4/questionnaireresponse.html */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParameters } from './search-parameters';
import { table } from './table';

export const questionnaireResponse: ResourceDefinition = {
  type: 'QuestionnaireResponse',
  documentation: 'Answers of the patient or a carer during the stay.',
  elements: [],
  rules: [],
  repairs: [],
  otherPeople: { author: 'said', source: 'said' },
  subjectOfAnyType: 'subject',
  table,
  searchParameters,
  withdrawable: true,
};
