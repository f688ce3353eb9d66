/**
 * Makes the scope of one search: the definitions, the caller, the time, and what the caller may see of each type, as
 * conditions. Each condition is compiled once for a search.
 */
import { allOf, anyOf, type Clause } from '../indexing/indexing';
import type { SearchedType } from './catalogue';
import { readCriterion } from './read-criterion';
import type { Interaction, SearchRequest, View } from './request';
import type { Scope } from './scope';

export type ViewOf = View & Pick<SearchRequest, 'handling'>;

export function newScope(
  { catalogue, ask, limits }: Pick<Scope, 'catalogue' | 'ask' | 'limits'>,
  request: ViewOf,
  snapshot: string | undefined,
): Scope {
  let aliases = 0;
  const restrictions = new Map<string, Clause | null>();
  const scope: Scope = {
    catalogue,
    ask,
    limits,
    handling: request.handling,
    allowed: request.allowed,
    ...(snapshot === undefined ? {} : { snapshot }),
    alias: () => `r${(aliases += 1)}`,
    restriction(typeName, interaction) {
      const key = `${typeName}.${interaction}`;
      let clause = restrictions.get(key);
      if (clause === undefined) {
        clause = restrictionOf(catalogue.types.get(typeName), typeName, interaction);
        restrictions.set(key, clause);
      }
      return clause;
    },
  };
  return scope;

  /** Combines the restrictions of the caller's scopes with the server's own condition. */
  function restrictionOf(
    type: SearchedType | undefined,
    name: string,
    interaction: Interaction,
  ): Clause | null {
    const granted = grantedOf(type, name, interaction);
    const sees = request.sees(name);
    return granted === null || sees === null ? (granted ?? sees) : allOf([granted, sees]);
  }

  /** A restriction that cannot be read covers nothing. While a restriction is read, no other restriction applies. */
  function grantedOf(type: SearchedType | undefined, name: string, interaction: Interaction): Clause | null {
    const queries = request.restrictions(name, interaction);
    if (queries === null) return null;
    const open: Scope = {
      ...scope,
      // The query comes from a scope, so its faults are not reported as the caller's.
      ask: { ...ask, doubts: new Set() },
      handling: 'strict',
      allowed: () => true,
      restriction: () => null,
    };
    const clauses = queries.flatMap((query) => {
      const reads = [...new URLSearchParams(query)].map(([param, value]) =>
        type === undefined ? undefined : readCriterion(type, param, value, open),
      );
      const all = reads.flatMap((read) => (read?.ok === true ? [read.criterion.clause] : []));
      if (all.length === 0 || all.length < reads.length) return [];
      const both: Clause = (alias, bind) => `(${all.map((clause) => clause(alias, bind)).join(' AND ')})`;
      return [both];
    });
    return clauses.length === 0 ? () => 'FALSE' : anyOf(clauses);
  }
}
