/** Observation: NEWS2 totals, their sub-scores, and the readings behind them (section 3.4.6 of the guidance). */
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { toleratedForms } from '../common/reference-rules';
import { elements } from './elements';
import { observationReferences } from './references';
import { repairs } from './repairs';
import { rules } from './rules';
import { searchParameters } from './search-parameters';
import { identity, table } from './table';

export const observation: ResourceDefinition = {
  type: 'Observation',
  documentation:
    'Readings of a stay, and NEWS2 totals and sub-scores as the sender sent them. Nothing is recalculated.',
  guidance: '3.4.6',
  profile: 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation',
  elements,
  rules,
  repairs,
  tolerances: [
    ...toleratedForms(observationReferences),
    { path: 'code.coding.code', structure: 'r4-snomed', instead: 'vw-obs-09' },
  ],
  table,
  searchParameters,
  identity,
  withdrawable: true,
};
