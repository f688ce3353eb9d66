/** Organization: who created the data and shares it (section 3.4.3 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { mergeOrganization } from './merge';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const organization: ResourceDefinition = {
  type: 'Organization',
  documentation:
    'The trust that ran the virtual ward, and others that a summary names, known by their ODS code.',
  guidance: '3.4.3',
  described: true,
  ruleIds: [{ prefix: 'vw-org', rows: 7 }, { prefix: 'def-16' }, { prefix: 'ukcore-organization' }],
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Organization',
  elements,
  rules,
  repairs: [],
  inDocument: 'head',
  table,
  searchParameters,
  identity,
  merge: mergeOrganization,
  mostMegabytes: 1,
  withdrawable: false,
  openUnderPolicy: 'It describes an organisation.',
};
