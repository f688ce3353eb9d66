/** Which types the server recognises by a business identifier, and of which the newest content stays current. */
import { isAboutPatient } from '../../../definitions/about-patient';
import type { ResourceDefinition } from '../../../definitions/resource-definition';

/** False for the types that all senders share, such as Organization: those have a merge. */
export const isKnownByIdentifier = ({ identity, merge }: ResourceDefinition): boolean =>
  identity !== undefined && merge === undefined;

/** True for what a sender says of a patient by itself: a stay, a reading, an allergy; not the Patient, which all share. */
export const isOfOneSender = (definition: ResourceDefinition): boolean =>
  definition.merge === undefined && (definition.identity !== undefined || isAboutPatient(definition));

/** True for the types of which earlier content does not replace later content. */
export const keepsNewest = (definition: ResourceDefinition): boolean =>
  isOfOneSender(definition) || definition.identity?.keepsNewest === true;
