/**
 * SMART scopes, versions 1 and 2: what a caller may do, per resource type and interaction.
 *
 * `system/Observation.rs?category=vital-signs` is read as context, type, interactions and a restriction. `system/` and
 * `user/` grant access; `patient/` (which needs a patient in context) and any other context grant nothing.
 * @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 */
import type { ScopeRules } from '../../definitions/scope-rules';

/** Create, read (and history), update, delete, search. */
export type Interaction = 'c' | 'r' | 'u' | 'd' | 's';

/** One scope that grants something. */
export interface Grant {
  context: 'system' | 'user';
  /** A resource type, or `*`. */
  type: string;
  /** Some of `cruds`, in that order. */
  interactions: string;
  /** A search that a resource must match to be covered (`code=123&status=final`). */
  restriction?: string;
  /** The scope as it was written. */
  text: string;
}

export interface Scopes {
  /** Every scope that grants something. */
  readonly grants: readonly Grant[];
  /** True when at least some of the type's resources are covered: `restrictions` says which. */
  allows(type: string, interaction: Interaction): boolean;
  /**
   * `null`: all resources of the type. Otherwise query strings, at least one of which a resource must match; an empty
   * list covers nothing. For a type that follows another (`Binary`), the queries are about the type that it follows.
   */
  restrictions(type: string, interaction: Interaction): null | readonly string[];
  /** True when every resource of the type is covered, for data that cannot be filtered by a restriction. */
  allowsAll(type: string, interaction: Interaction): boolean;
  /** The types named for the interaction, with `*` where the wildcard is. */
  types(interaction: Interaction): readonly string[];
}

const SCOPE = /^(system|user)\/(\*|[A-Z][A-Za-z]{0,63})\.(\*|read|write|c?r?u?d?s?)(?:\?(\S*))?$/;
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/**
 * Matches the name of a search parameter, with a modifier or a chain; of the `_` names only those that search the
 * resource itself.
 */
const PARAMETER =
  /^(?:_(?:id|lastUpdated|tag|profile|security)|[A-Za-z][A-Za-z0-9-]*)(?:[:.][A-Za-z0-9:.-]+)?$/;

/** The interactions that cannot be restricted: a restriction can only be checked against a stored resource. */
const RESTRICTABLE = /[^rs]/g;

/** Reads one scope; `undefined` where it grants nothing. */
export function parseScope(text: string): Grant | undefined {
  const match = SCOPE.exec(text);
  if (match === null) return undefined;
  const [, context, type, letters, restriction] = match as unknown as [
    string,
    'system' | 'user',
    string,
    string,
    string?,
  ];
  const version1 = VERSION_1[letters];
  if (restriction === undefined) {
    const interactions = version1 ?? letters;
    return interactions === '' ? undefined : { context, type, interactions, text };
  }
  const interactions = letters.replace(RESTRICTABLE, '');
  if (version1 !== undefined || interactions === '' || !isRestriction(restriction)) return undefined;
  return { context, type, interactions, restriction, text };
}

function isRestriction(query: string): boolean {
  return query.split('&').every((part) => {
    const equals = part.indexOf('=');
    return equals > 0 && equals < part.length - 1 && PARAMETER.test(part.slice(0, equals));
  });
}

/** Reads a token's scopes, separated by spaces. An unknown or malformed scope grants nothing and is not a fault. */
export function parseScopes(text: string, rules: ScopeRules): Scopes {
  const grants = [...new Set(text.split(/\s+/))].flatMap((scope) => parseScope(scope) ?? []);
  const covering = (type: string, interaction: Interaction): Grant[] => {
    const decisive = rules.follows.get(type) ?? type;
    return grants.filter(
      (grant) => grant.interactions.includes(interaction) && covers(grant.type, decisive, rules),
    );
  };
  return {
    grants,
    allows: (type, interaction) => covering(type, interaction).length > 0,
    allowsAll: (type, interaction) =>
      covering(type, interaction).some(({ restriction }) => restriction === undefined),
    restrictions: (type, interaction) => {
      const queries = new Set<string>();
      for (const grant of covering(type, interaction)) {
        if (grant.restriction === undefined) return null;
        queries.add(grant.restriction);
      }
      return [...queries];
    },
    types: (interaction) => [
      ...new Set(grants.flatMap((grant) => (grant.interactions.includes(interaction) ? [grant.type] : []))),
    ],
  };
}

/** Whether a scope for `granted` (a type or `*`) covers `type`. */
function covers(granted: string, type: string, rules: ScopeRules): boolean {
  return granted === type || (granted === '*' && !rules.namedOnly.has(type));
}

/**
 * The scopes for a client that requests `requested` and is registered for `registered`: never more than either. A scope
 * that is granted completely keeps its text; a narrower one is written in version 2.
 */
export function intersectScopes(requested: string, registered: string, rules: ScopeRules): string {
  const allowed = parseScopes(registered, rules).grants;
  const granted = parseScopes(requested, rules).grants.flatMap((wanted) => {
    const isRegistered = ({ type, restriction }: Grant): boolean =>
      type === wanted.type && restriction === wanted.restriction;
    if (asksOtherTypes(wanted) && !allowed.some(isRegistered)) return [];
    if (allowed.some((grant) => includes(grant, wanted, rules))) return [wanted.text];
    return allowed.flatMap((grant) => narrow(wanted, grant, rules) ?? []);
  });
  return [...new Set(granted)].join(' ');
}

/**
 * True when a restriction that the client itself requested contains a chain, which would search types that it has no
 * scope for.
 */
function asksOtherTypes({ restriction = '' }: Grant): boolean {
  return restriction.split('&').some((part) => part.slice(0, part.indexOf('=')).includes('.'));
}

function includes(grant: Grant, wanted: Grant, rules: ScopeRules): boolean {
  return (
    grant.context === wanted.context &&
    covers(grant.type, wanted.type, rules) &&
    [...wanted.interactions].every((letter) => grant.interactions.includes(letter)) &&
    (grant.restriction === undefined || grant.restriction === wanted.restriction)
  );
}

function narrow(wanted: Grant, grant: Grant, rules: ScopeRules): string | undefined {
  if (wanted.context !== grant.context) return undefined;
  const type = covers(grant.type, wanted.type, rules)
    ? wanted.type
    : covers(wanted.type, grant.type, rules)
      ? grant.type
      : undefined;
  const restrictions = [...new Set([wanted.restriction, grant.restriction])].filter(
    (text) => text !== undefined,
  );
  const shared = [...wanted.interactions].filter((letter) => grant.interactions.includes(letter)).join('');
  const interactions = restrictions.length > 0 ? shared.replace(RESTRICTABLE, '') : shared;
  if (type === undefined || interactions === '') return undefined;
  const query = restrictions.length > 0 ? `?${restrictions.join('&')}` : '';
  return `${wanted.context}/${type}.${interactions}${query}`;
}
