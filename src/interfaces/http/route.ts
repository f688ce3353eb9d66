/** One route: method, path, who may call it, its OpenAPI text and its handler. `routes.ts` has them all. */
import type { Answer, Reply, RequestContext } from './request-context';
import type { Interaction, Scopes } from '../../engines/access/scopes';
import type { Role } from '../../engines/access/people/roles';
import type { OperationText } from './openapi/shapes';

/** Who may call a route. */
export type Access =
  /** Any caller, without a token. */
  | { kind: 'open' }
  /** A caller with this scope. `:type` in `type` means the type in the path. */
  | {
      kind: 'scope';
      type: string;
      interaction: Interaction;
      /** True when the answer cannot be filtered by a restriction (`?…`): the scope must have none. */
      whole?: true;
    }
  /** Any authenticated caller: the handler checks the scopes, because they depend on the body. */
  | { kind: 'authenticated' }
  /** A caller that may submit, or read something: the body decides which of the two it needs. */
  | { kind: 'submit-or-read' }
  /** A person who is signed in to the pages and has one of these roles. */
  | { kind: 'signed-in'; roles: readonly Role[] };

/** The name of the request in the audit trail. @see https://hl7.org/fhir/R4/valueset-audit-event-sub-type.html */
export interface Audited {
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** A `restful-interaction` code, or an operation's name with `$`. */
  interaction: string;
}

/** The format of a failure: an OperationOutcome, an OAuth error, or a page for people. */
export type FaultFormat = 'fhir' | 'oauth' | 'page';

export type Route = RouteToNobody | RouteToPatients | RouteOfSubmissions;

interface RouteShape {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Express's path syntax. */
  path: string;
  access: Access;
  /** The format of the body; absent when no body is read. */
  body?: 'fhir' | 'form';
  /** The format of parameters in the body that join those of the query; absent when the handler reads the body. */
  parametersIn?: 'form' | 'Parameters';
  /** The largest body, if that is less than `MAX_BODY_BYTES`. */
  maxBodyBytes?: number;
  /** True when the answer is small, however much is stored: no memory is reserved for it. */
  isSmallAnswer?: (body: Buffer) => boolean;
  /** The kind of answer. For FHIR the format is negotiated before the handler runs (406 when none is acceptable). */
  produces: 'fhir' | 'own';
  /** Set when every failure at the path, for any method, is answered in the OAuth format, or as a page. */
  faults?: FaultFormat;
  /** True for the health probes of load balancers, which no rate limit counts. */
  isProbe?: true;
  /** Its text in the OpenAPI document. */
  text: OperationText;
}

/** A route that answers nothing about a patient, so that nothing is recorded. */
export interface RouteToNobody extends RouteShape {
  audit?: undefined;
  handler: (context: RequestContext, body: Buffer) => Promise<Answer>;
}

/** A route whose disclosures are recorded before the answer is sent. */
export interface RouteToPatients extends RouteShape {
  audit: Audited;
  handler: (context: RequestContext, body: Buffer) => Promise<Reply>;
}

/** A route whose audit record the use case commits together with the submission. */
export interface RouteOfSubmissions extends RouteShape {
  audit: Audited;
  recordedBy: 'submitting';
  handler: (context: RequestContext, body: Buffer) => Promise<Answer>;
}

/** The handler of a submission, or of a route that discloses no personal data. */
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

/** Whether the caller's scopes allow the route for resources of the type. */
export function opens(scopes: Scopes, type: string, { interaction, whole }: ScopeAccess): boolean {
  return whole === true ? scopes.allowsAll(type, interaction) : scopes.allows(type, interaction);
}

export type ScopeOf = Extract<Access, { kind: 'scope' }>;
export type ScopeAccess = Pick<ScopeOf, 'interaction' | 'whole'>;

/** The path of the FHIR base. */
export const fhir = '/FHIR/R4';
