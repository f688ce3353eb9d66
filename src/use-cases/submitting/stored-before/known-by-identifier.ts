/** Which types the server recognises by a business identifier, within one sender or custodian. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';

/** False for the types that all senders share, such as Organization: those have a merge. */
export const isKnownByIdentifier = ({ identity, merge }: ResourceDefinition): boolean =>
  identity !== undefined && merge === undefined;

/** True for the types of which earlier content does not replace later content. */
export const keepsNewest = (definition: ResourceDefinition): boolean =>
  isKnownByIdentifier(definition) || definition.identity?.keepsNewest === true;
