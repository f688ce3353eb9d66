/** The rule vw-xref-12, over all reference elements of section 8: what each leads to is of a type that may stand there. */
import type { Rule } from '../../definitions/rule';
import { documentReferences } from '../document-reference/references';
import { encounterReferences } from '../encounter/references';
import { observationReferences } from '../observation/references';
import { changing, referenceTo, unchanged } from './example';
import { leadsToTheRightType } from './reference-rules';

export const referencesLeadToTheRightType: Rule = leadsToTheRightType(
  {
    Encounter: encounterReferences,
    DocumentReference: documentReferences,
    Observation: observationReferences,
  },
  {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document, summary) => {
      document.custodian = referenceTo(summary, 'Patient');
    }),
  },
);
