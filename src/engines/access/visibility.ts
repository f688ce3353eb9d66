/**
 * What a caller may see: what its scopes cover, of the patients whose data the site's policy lets it read, and of
 * submissions its own. Every statement that looks for stored resources on behalf of a caller runs within one of these:
 * a read, a search, an operation, and a condition in a submission.
 * @see docs/access.md
 */
import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { Clause } from '../indexing/indexing';
import type { Caller } from './caller';
import type { ReadRestriction } from './policy';

/** What of each type a caller may see. The search engine takes no question without it. */
export interface Visibility {
  /** Whether the caller's scopes cover at least a part of the type. */
  allowed(type: string, interaction: 'r' | 's'): boolean;
  /** Queries of which a resource must match one (scopes with `?…`); null where the scopes cover all of the type. */
  restrictions(type: string, interaction: 'r' | 's'): readonly string[] | null;
  /** A condition of the server's own on every resource of the type; null where there is none. */
  sees(type: string): Clause | null;
  /** Who looks, and what of: the same text for the same sight. */
  viewer?: string;
}

/** Types of which a caller sees a part only, or whose content is kept elsewhere. */
export interface TypeView {
  /** Which of them the caller sees; absent where all. */
  sees?: Clause;
  /** The content of one of them, as JSON text. */
  contentOf: (id: string) => Promise<string>;
}

export interface VisibilityDependencies {
  definitionFor: (type: string) => ResourceDefinition | undefined;
  viewOf: (type: string, caller: Caller) => TypeView | undefined;
  /**
   * The condition that a row belongs to a patient of the organisation.
   * @param caller who reads: the sender whose own statements never make a patient its own
   */
  patientsOf: (odsCode: string, caller: Pick<Caller, 'sender'>) => Clause;
}

/** @param reach whose data the caller may read, as the site's policy decides it */
export function visibilityOf(
  caller: Caller,
  reach: ReadRestriction,
  { definitionFor, viewOf, patientsOf }: VisibilityDependencies,
): Visibility {
  const { scopes } = caller;
  const odsCode = reach.kind === 'organisation' ? reach.odsCode : null;
  return {
    get viewer() {
      const sight = JSON.stringify([caller.sender, odsCode, scopes.grants]);
      return createHash('sha256').update(sight).digest('base64url').slice(0, 22);
    },
    allowed: (type, interaction) => scopes.allows(type, interaction),
    restrictions: (type, interaction) => scopes.restrictions(type, interaction),
    sees: (type) => {
      const clauses: Clause[] = [];
      const view = viewOf(type, caller);
      if (view?.sees) clauses.push(view.sees);
      // Closed unless the type is known to say nothing of patients.
      const isOpen = definitionFor(type)?.openUnderPolicy !== undefined;
      if (reach.kind === 'organisation' && !isOpen) clauses.push(patientsOf(reach.odsCode, caller));
      return clauses.length === 0 ? null : allOf(clauses);
    },
  };
}

/**
 * For a condition that gives a business identifier and nothing else: no search scope is asked for. It finds what the
 * policy lets the caller see, and what the caller's own organisation has sent.
 */
export function byBusinessIdentifier(
  type: string,
  visibility: Visibility,
  { sender }: Pick<Caller, 'sender'>,
): Visibility {
  const sees = visibility.sees(type);
  const sent: Clause = (alias, bind) => `${alias}.sender = ${bind(sender, 'text')}`;
  return {
    allowed: (asked) => asked === type,
    restrictions: (asked) => (asked === type ? null : []),
    sees: () => sees && ((alias, bind) => `((${sees(alias, bind)}) OR ${sent(alias, bind)})`),
  };
}

function allOf(clauses: readonly Clause[]): Clause {
  return (alias, bind) => clauses.map((clause) => `(${clause(alias, bind)})`).join(' AND ');
}
