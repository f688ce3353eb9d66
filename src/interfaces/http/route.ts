/** One route: method, path, who may call it, its OpenAPI text and its handler. `routes.ts` has them all. */
import type { Answer, Reply, RequestContext } from './request-context';
import type { Interaction, Scopes } from '../../engines/access/scopes';
import type { OperationText } from './openapi/shapes';

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

export type Route = RouteToNobody | RouteToPatients | RouteOfSubmissions;

interface RouteShape {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Express's path syntax. */
  path: string;
  access: Access;
  /** What the body may be; absent where none is read. */
  body?: 'fhir' | 'form';
  /** How the body has parameters that join those of the query; absent where the handler reads the body. */
  parametersIn?: 'form' | 'Parameters';
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
  /** What the OpenAPI document says of it. */
  text: OperationText;
}

/** Nothing about a patient is answered, and nothing is recorded. */
export interface RouteToNobody extends RouteShape {
  audit?: undefined;
  handler: (context: RequestContext, body: Buffer) => Promise<Answer>;
}

/** What the answer discloses is recorded before it goes out. */
export interface RouteToPatients extends RouteShape {
  audit: Audited;
  handler: (context: RequestContext, body: Buffer) => Promise<Reply>;
}

/** The use case has the record commit together with the submission. */
export interface RouteOfSubmissions extends RouteShape {
  audit: Audited;
  recordedBy: 'submitting';
  handler: (context: RequestContext, body: Buffer) => Promise<Answer>;
}

/** Of a submission, or of what tells nobody's data. */
export type PlainHandler = RouteToNobody['handler'];

export const open: Access = { kind: 'open' };
export const authenticated: Access = { kind: 'authenticated' };
export const submitOrRead: Access = { kind: 'submit-or-read' };
export const scope = (type: string, interaction: Interaction): ScopeOf => ({
  kind: 'scope',
  type,
  interaction,
});
export const wholeScope = (type: string, interaction: Interaction): ScopeOf => ({
  kind: 'scope',
  type,
  interaction,
  whole: true,
});

/** Whether the caller's scopes open the route for resources of the type. */
export function opens(scopes: Scopes, type: string, { interaction, whole }: ScopeAccess): boolean {
  return whole === true ? scopes.allowsAll(type, interaction) : scopes.allows(type, interaction);
}

export type ScopeOf = Extract<Access, { kind: 'scope' }>;
export type ScopeAccess = Pick<ScopeOf, 'interaction' | 'whole'>;

/** The path of the FHIR base. */
export const fhir = '/FHIR/R4';
