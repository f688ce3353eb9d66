/** The definitions as the parts of the server are handed them: looked up by type, and complete. */
import { faultsOfDefinitions } from '../definitions/complete';
import type { ResourceDefinition } from '../definitions/resource-definition';
import { scopeRulesOf } from '../definitions/scope-rules';
import { common, guidance, storedResources } from '../resources';
import { StartFailure } from './start-failure';

const byType = new Map(storedResources.map((definition) => [definition.type, definition]));

/** The definition of a type; undefined where it is not stored. */
export const definitionFor = (type: string): ResourceDefinition | undefined => byType.get(type);

/** The definition of a type that is stored. @throws for a name that is none: validation has refused it before */
export function definitionOf(type: string): ResourceDefinition {
  const definition = byType.get(type);
  if (!definition) throw new Error('a type without a definition');
  return definition;
}

/** What scopes mean for types that are treated in a way of their own. */
export const scopeRules = scopeRulesOf(storedResources);

/** @throws StartFailure where a definition is there twice or half */
export function refuseHalfDefinitions(): void {
  const faults = faultsOfDefinitions({ guidance, stored: storedResources, common });
  if (faults.length > 0) throw new StartFailure(faults);
}
