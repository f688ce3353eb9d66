/** The valid summary as a document, with its Composition changed: for the examples of the Composition's rules. */
import { SNOMED_CT } from '../../fhir/code-systems';
import type { RuleExample } from '../../definitions/rule';
import { isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { headedBy, referenceTo } from '../common/example';

/** Every other entry is in a section, so that the Composition refers to all the entries of the document. */
export function asDocument(change: (composition: AnyResource, document: AnyResource) => void): RuleExample {
  return (summary) => {
    const entries = listOf<Json>(summary.entry as Json) as JsonObject[];
    const composition: AnyResource = {
      resourceType: 'Composition',
      status: 'final',
      type: {
        coding: [{ system: SNOMED_CT, code: '373942005', display: 'Discharge summary' }],
      },
      subject: referenceTo(summary, 'Patient'),
      encounter: referenceTo(summary, 'Encounter'),
      date: '2025-03-10T14:25:00+00:00',
      author: [referenceTo(summary, 'Organization')],
      title: 'Virtual ward summary',
      section: [
        {
          title: 'The stay',
          entry: entries
            .filter(({ resource }) => isResource(resource) && resource.resourceType !== 'Patient')
            .map(({ fullUrl }) => ({ reference: fullUrl as string })),
        },
      ],
    };
    const document = headedBy(summary, 'document', composition);
    change(composition, document);
    return document;
  };
}
