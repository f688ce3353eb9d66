/**
 * The list of what Homeward knows, a line for each resource type. A new type is a new folder, a line here and a
 * migration; metadata, scopes, search, OpenAPI and the documentation follow from it.
 */
import type {
  CommonDefinition,
  GuidanceDefinition,
  ResourceDefinition,
} from '../definitions/resource-definition';
import { auditEvent } from './audit-event';
import { bundle } from './bundle';
import { commonOf } from './common';
import { composition } from './composition';
import { device } from './device';
import { documentReference } from './document-reference';
import { encounter } from './encounter';
import { location } from './location';
import { messageHeader } from './message-header';
import { observation } from './observation';
import { organization } from './organization';
import { otherResources } from './other';
import { patient } from './patient';
import { practitioner } from './practitioner';
import { practitionerRole } from './practitioner-role';
import { provenance } from './provenance';
import { questionnaireResponse } from './questionnaire-response';

export { auditEvent, bundle };

/** The types with a folder of their own, and so a table. */
export const resources: readonly ResourceDefinition[] = [
  patient,
  organization,
  encounter,
  documentReference,
  observation,
  practitioner,
  practitionerRole,
  location,
  device,
  questionnaireResponse,
  composition,
  messageHeader,
  provenance,
  auditEvent,
];

/** Every type that is stored: the others share a table. */
export const storedResources: readonly ResourceDefinition[] = [...resources, bundle, ...otherResources];

/** Every type that the guidance or a profile speaks of. */
export const guidance: readonly GuidanceDefinition[] = [bundle, ...resources];

/** What holds of every type, computed from all of them. */
export const common: CommonDefinition = commonOf(storedResources);
