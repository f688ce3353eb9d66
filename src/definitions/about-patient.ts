/**
 * Decides which types say something about a patient, such as Observation or AllergyIntolerance: when a stay turns out to
 * be another patient's, readers must no longer find them on the record.
 */
import type { ResourceDefinition } from './resource-definition';

export const isAboutPatient = ({ table, isAboutPatient }: ResourceDefinition): boolean =>
  table.patient.length > 0 && isAboutPatient !== false;
