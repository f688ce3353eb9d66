/** Patient: the person whose stay it was (section 3.4.2 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { mergePatient } from './merge';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const patient: ResourceDefinition = {
  type: 'Patient',
  documentation:
    'The person whose stay it was. Search by NHS number: identifier=https://fhir.nhs.uk/Id/nhs-number|<number>.',
  guidance: '3.4.2',
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient',
  elements,
  rules,
  repairs,
  tolerances: [
    { path: 'telecom', structure: 'r4-invariant', instead: 'telecom-no-system' },
    { path: 'contact.telecom', structure: 'r4-invariant', instead: 'telecom-no-system' },
  ],
  table,
  searchParameters,
  identity,
  merge: mergePatient,
  withdrawable: false,
};
