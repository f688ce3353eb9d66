/**
 * SMART scopes, versions 1 and 2: what a caller may do, per resource type and interaction.
 *
 * `system/Observation.rs?category=vital-signs` is read as context, type, interactions and a restriction. `system/`
 * and `user/` grant; `patient/` (which needs a patient in context) and whatever else stands there grant nothing.
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
  /** True where at least part of the type's resources is covered: `restrictions` says which part. */
  allows(type: string, interaction: Interaction): boolean;
  /**
   * `null`: all resources of the type. Otherwise query strings, at least one of which a resource must match; an empty
   * list covers nothing. For a type that follows another (`Binary`), they speak of the type that it follows.
   */
  restrictions(type: string, interaction: Interaction): null | readonly string[];
  /** True where every resource of the type is covered: for what a restriction can't be held against. */
  allowsAll(type: string, interaction: Interaction): boolean;
  /** The types named for the interaction, with `*` where the wildcard is. */
  types(interaction: Interaction): readonly string[];
}

const SCOPE = /^(system|user)\/(\*|[A-Z][A-Za-z]{0,63})\.(\*|read|write|c?r?u?d?s?)(?:\?(\S*))?$/;
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** A search parameter's name, with a modifier or a chain; of the `_` names only those that say something of a resource. */
const PARAMETER =
  /^(?:_(?:id|lastUpdated|tag|profile|security)|[A-Za-z][A-Za-z0-9-]*)(?:[:.][A-Za-z0-9:.-]+)?$/;

/** Only what can be held against a stored resource may be restricted. */
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

/** Reads a token's scopes, separated by spaces. What is unknown or malformed grants nothing, and is no fault. */
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
 * The scopes that a client gets who asks for `requested` and is registered for `registered`: never more than either.
 * A scope that is granted whole keeps the words in which it was asked for; a narrower one is written in version 2.
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

/** A chain in a restriction that the client makes up itself would be a search of types that it has no scope for. */
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
