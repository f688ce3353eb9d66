/** Which types the server knows again by a business identifier, within one sender or custodian. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';

/** False of the types that all senders share, such as Organization: those have a merge. */
export const isKnownByIdentifier = ({ identity, merge }: ResourceDefinition): boolean =>
  identity !== undefined && merge === undefined;

/** True of the types of which content that was made earlier does not turn back what is stored. */
export const keepsNewest = (definition: ResourceDefinition): boolean =>
  isKnownByIdentifier(definition) || definition.identity?.keepsNewest === true;
