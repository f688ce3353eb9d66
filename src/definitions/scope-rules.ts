/**
 * What SMART scopes leave to the server to decide per resource type: which types a wildcard never grants, and which
 * type's scope another type follows. `src/engines/access/scopes.ts` applies it; it names no type itself.
 * @see docs/access.md
 */
export interface ScopeRules {
  /** Types that `*` does not include: they must be named. */
  namedOnly: ReadonlySet<string>;
  /** A type without scopes of its own, to the type whose scopes (and restrictions) decide in its place. */
  follows: ReadonlyMap<string, string>;
}

/** The rules of Homeward: the audit trail must be named, and a document's bytes are read by whoever may read the document. */
export const scopeRules: ScopeRules = {
  namedOnly: new Set(['AuditEvent']),
  follows: new Map([['Binary', 'DocumentReference']]),
};
