/** One line of the URL surface: method, path, who may, and the handler. `routes.ts` has them all. */
import type { Answer, RequestContext } from './request-context';
import type { Interaction, Scopes } from '../../engines/access/scopes';

/** Who may call a route. */
export type Access =
  /** Anyone, without a token. */
  | { kind: 'open' }
  /** A caller with this scope. `:type` in `type` stands for the path's. */
  | {
      kind: 'scope';
      type: string;
      interaction: Interaction;
      /** True where what is answered can't be held against a restriction (`?…`): the scope must be without one. */
      whole?: true;
    }
  /** Any authenticated caller: the handler itself asks for scopes, because they depend on the body. */
  | { kind: 'authenticated' }
  /** A caller that may submit, or read something: which of the two it takes, the body says. */
  | { kind: 'submit-or-read' };

/** What the audit trail calls it. @see https://hl7.org/fhir/R4/valueset-audit-event-sub-type.html */
export interface Audited {
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** A `restful-interaction` code, or an operation's name with `$`. */
  interaction: string;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Express's path syntax. */
  path: string;
  access: Access;
  /** Absent where nothing personal is told. */
  audit?: Audited;
  /** What the body may be; absent where none is read. */
  body?: 'fhir' | 'form';
  /** The most that the body may have, where that is less than `MAX_BODY_BYTES`. */
  maxBodyBytes?: number;
  /** True where the answer is small whatever is stored: no room is kept for it. */
  isSmallAnswer?: (body: Buffer) => boolean;
  /** What the answer is: FHIR is negotiated (406 where nothing fits) before the handler runs. */
  produces: 'fhir' | 'own';
  /** Set where every failure at the path, whatever the method, is answered as OAuth has it. */
  faults?: 'oauth';
  /** True where load balancers look whether the server lives: never counted against a limit. */
  isProbe?: true;
  handler: (context: RequestContext, body: Buffer) => Promise<Answer>;
}

export const open: Access = { kind: 'open' };
export const authenticated: Access = { kind: 'authenticated' };
export const submitOrRead: Access = { kind: 'submit-or-read' };
export const scope = (type: string, interaction: Interaction): Access => ({
  kind: 'scope',
  type,
  interaction,
});
export const wholeScope = (type: string, interaction: Interaction): Access => ({
  kind: 'scope',
  type,
  interaction,
  whole: true,
});

/** Whether the caller's scopes open the route for resources of the type. */
export function opens(scopes: Scopes, type: string, { interaction, whole }: ScopeAccess): boolean {
  return whole === true ? scopes.allowsAll(type, interaction) : scopes.allows(type, interaction);
}

export type ScopeAccess = Pick<Extract<Access, { kind: 'scope' }>, 'interaction' | 'whole'>;
