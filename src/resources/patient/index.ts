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
    'The person who had the stay. Search by NHS number: identifier=https://fhir.nhs.uk/Id/nhs-number|<number>.',
  guidance: '3.4.2',
  described: true,
  ruleIds: [{ prefix: 'vw-patient', rows: 38 }, { prefix: 'ukcore-patient' }],
  excused: [
    { id: 'vw-patient-09', reason: 'a permission: identifiers may carry extensions' },
    {
      id: 'vw-patient-13',
      reason:
        'about what the sender does before it submits; vw-patient-10 to 12 check the status that it sends',
    },
    { id: 'vw-patient-17', reason: 'a permission: telecom is optional' },
    { id: 'vw-patient-20', reason: 'reported by the repair telecom-no-system' },
    {
      id: 'vw-patient-23',
      reason: 'reported by the repair deceased-both, or by r4-choice where the repair does not apply',
    },
    {
      id: 'vw-patient-25',
      reason: 'a missing value says nothing: merging keeps a stored death (semantics, "Who is who")',
    },
    { id: 'vw-patient-29', reason: 'a permission: lines and city are optional' },
    { id: 'vw-patient-36', reason: 'a permission: a contact’s address is optional' },
  ],
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient',
  elements,
  rules,
  repairs,
  tolerances: [
    { path: 'telecom', structure: 'r4-invariant', instead: 'telecom-no-system' },
    { path: 'contact.telecom', structure: 'r4-invariant', instead: 'telecom-no-system' },
  ],
  otherPeople: { 'link.other': 'link' },
  inDocument: 'head',
  table,
  searchParameters,
  identity,
  merge: mergePatient,
  // It may have a photo.
  mostMegabytes: 4,
  withdrawable: false,
};
