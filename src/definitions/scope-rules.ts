/**
 * What SMART scopes leave to the server to decide per resource type: which types a wildcard never grants, and which
 * type's scope another type follows. Each definition says it of its type (`scope`); `src/engines/access/scopes.ts`
 * applies it and names no type itself. @see docs/access.md
 */
import type { ResourceDefinition } from './resource-definition';

export interface ScopeRules {
  /** Types that `*` does not include: they must be named. */
  namedOnly: ReadonlySet<string>;
  /** For each type without its own scopes, the type whose scopes (and restrictions) apply to it. */
  follows: ReadonlyMap<string, string>;
}

export function scopeRulesOf(definitions: readonly Pick<ResourceDefinition, 'type' | 'scope'>[]): ScopeRules {
  const namedOnly = new Set<string>();
  const follows = new Map<string, string>();
  for (const { type, scope } of definitions)
    if (scope === 'named') namedOnly.add(type);
    else if (scope !== undefined) follows.set(type, scope.follows);
  return { namedOnly, follows };
}
