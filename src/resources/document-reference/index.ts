/** DocumentReference: the summary of the stay as a document, with its bytes (section 3.4.5 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { documentReferences } from './references';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const documentReference: ResourceDefinition = {
  type: 'DocumentReference',
  documentation:
    'The summary document of a stay. attachment.url is the address of its bytes. The document itself is not inline.',
  guidance: '3.4.5',
  described: true,
  ruleIds: [{ prefix: 'vw-doc', rows: 34 }, { prefix: 'vw-xref' }, { prefix: 'vw-dup' }],
  excused: [
    { id: 'vw-doc-17', reason: 'checked by the organisation rules, which know the sender' },
    { id: 'vw-doc-34', reason: 'a permission: date is optional' },
  ],
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-DocumentReference',
  elements,
  rules,
  repairs,
  tolerances: [
    { path: 'content.attachment.size', structure: 'r4-attachment', instead: 'vw-doc-28' },
    { path: 'content.attachment.hash', structure: 'r4-attachment', instead: 'vw-doc-28' },
  ],
  references: documentReferences,
  otherPeople: { author: 'said' },
  makesASummary: true,
  showsCare: true,
  inDocument: { section: 'Documents' },
  table,
  searchParameters,
  identity,
  withdrawable: true,
};
