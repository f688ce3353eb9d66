/** DocumentReference: the summary of the stay as a document, with its bytes (section 3.4.5 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { toleratedForms } from '../common/reference-rules';
import { elements } from './elements';
import { documentReferences } from './references';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const documentReference: ResourceDefinition = {
  type: 'DocumentReference',
  documentation:
    'The summary document of a stay. attachment.url leads to its bytes; the document itself is not inline.',
  guidance: '3.4.5',
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-DocumentReference',
  elements,
  rules,
  repairs,
  tolerances: [
    ...toleratedForms(documentReferences),
    { path: 'content.attachment.size', structure: 'r4-attachment', instead: 'vw-doc-28' },
    { path: 'content.attachment.hash', structure: 'r4-attachment', instead: 'vw-doc-28' },
  ],
  table,
  searchParameters,
  identity,
  withdrawable: true,
};
