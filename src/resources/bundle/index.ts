/** Bundle: the summary as a whole (section 3.4.1 of the guidance). It has no table of its own: it is the submission. */
import type { GuidanceDefinition } from '../../definitions/resource-definition';
import { elements } from './elements';
import { repairs } from './repairs';
import { rules } from './rules';

export const bundle: GuidanceDefinition = {
  type: 'Bundle',
  guidance: '3.4.1',
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Bundle',
  elements,
  rules,
  repairs,
};
