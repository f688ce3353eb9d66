/**
 * What a caller may see: what its scopes cover, of patients whose data the site's policy lets it read, and its own
 * submissions. Every statement that reads stored resources for a caller is limited by a Visibility: a read, a search,
 * an operation, and a condition in a submission.
 * @see docs/access.md
 */
import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { allOf, anyOf, type Clause } from '../indexing/indexing';
import type { Caller } from './caller';
import type { ReadRestriction } from './policy';

/** What a caller may see of each type. The search engine needs one for every search. */
export interface Visibility {
  /** Whether the caller's scopes cover at least some of the type. */
  allowed(type: string, interaction: 'r' | 's'): boolean;
  /** Queries, one of which a resource must match (scopes with `?…`); null when the scopes cover all of the type. */
  restrictions(type: string, interaction: 'r' | 's'): readonly string[] | null;
  /** A condition of the server itself on every resource of the type; null when there is none. */
  sees(type: string): Clause | null;
  /** Returns a text for who reads and what they may see: equal texts mean equal results. */
  viewer?: () => string;
}

/** Types that a caller sees only partly, or whose content is stored elsewhere. */
export interface TypeView {
  /** Selects those that the caller may see; absent for all. */
  sees?: Clause;
  /** The content of one of them, as JSON text. */
  contentOf: (id: string) => Promise<string>;
}

/** For the audit record alone: nothing that is found with it decides an answer. */
export const seesEverything: Visibility = {
  allowed: () => true,
  restrictions: () => null,
  sees: () => null,
};

export interface VisibilityDependencies {
  definitionFor: (type: string) => ResourceDefinition | undefined;
  viewOf: (type: string, caller: Caller) => TypeView | undefined;
  /**
   * The condition that a row belongs to a patient of the organisation.
   * @param caller the reader, whose own submissions never make a patient its own
   */
  patientsOf: (odsCode: string, caller: Pick<Caller, 'sender'>) => Clause;
}

/** @param reach whose data the caller may read, by the site's policy */
export function visibilityOf(
  caller: Caller,
  reach: ReadRestriction,
  { definitionFor, viewOf, patientsOf }: VisibilityDependencies,
): Visibility {
  const { scopes } = caller;
  const odsCode = reach.kind === 'organisation' ? reach.odsCode : null;
  return {
    viewer: () => {
      const sight = JSON.stringify([caller.sender, odsCode, scopes.grants]);
      return createHash('sha256').update(sight).digest('base64url').slice(0, 22);
    },
    allowed: (type, interaction) => scopes.allows(type, interaction),
    restrictions: (type, interaction) => scopes.restrictions(type, interaction),
    sees: (type) => {
      const clauses: Clause[] = [];
      const view = viewOf(type, caller);
      if (view?.sees) clauses.push(view.sees);
      // Hidden unless the type is known to contain no patient data.
      const isOpen = definitionFor(type)?.openUnderPolicy !== undefined;
      if (reach.kind === 'organisation' && !isOpen) clauses.push(patientsOf(reach.odsCode, caller));
      return clauses.length === 0 ? null : allOf(clauses);
    },
  };
}

/**
 * The visibility for a condition that gives only a business identifier, which needs no search scope. It finds what the
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
    sees: () => sees && anyOf([sees, sent]),
  };
}
