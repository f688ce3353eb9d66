/** Provides the definitions to the parts of the server: by type, and complete. */
import { faultsOfDefinitions } from '../definitions/complete';
import type { ResourceDefinition } from '../definitions/resource-definition';
import { scopeRulesOf } from '../definitions/scope-rules';
import { common, guidance, storedResources } from '../resources';
import { StartFailure } from './start-failure';

const byType = new Map(storedResources.map((definition) => [definition.type, definition]));

/** The definition of a type; undefined when the type is not stored. */
export const definitionFor = (type: string): ResourceDefinition | undefined => byType.get(type);

/** The definition of a stored type. @throws for an unknown name, which validation has refused before */
export function definitionOf(type: string): ResourceDefinition {
  const definition = byType.get(type);
  if (!definition) throw new Error('a type without a definition');
  return definition;
}

/** The meaning of scopes for types with special rules. */
export const scopeRules = scopeRulesOf(storedResources);

/** @throws StartFailure when a definition occurs twice or is incomplete */
export function refuseHalfDefinitions(): void {
  const faults = faultsOfDefinitions({ guidance, stored: storedResources, common });
  if (faults.length > 0) throw new StartFailure(faults);
}
