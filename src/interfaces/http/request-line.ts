/**
 * The line that the log has of each request: who asked what of which type, how large the body was, how it ended and
 * why. It holds ids of the server's, names of callers and codes; nothing that a caller can write freely gets into it.
 * @see docs/logs.md
 */
import { isFault, type Issue } from '../../fhir/issue';
import { resourceTypes } from '../../fhir/r4/definitions';
import type { RequestContext } from './request-context';
import type { Route } from './route';

/** What the server itself knows of a request's way, beside the context. */
export interface RequestFacts {
  /** The route that took it; of a method that the path does not offer, one of the path's others. */
  route: Pick<Route, 'path' | 'audit' | 'body'> | undefined;
  status: number;
  /** Bytes of the body, as they are worked on: decompressed. Undefined where it was not read. */
  bytes: number | undefined;
  millis: number;
}

/** A line's fields, such as `{ method: 'POST', route: '/FHIR/R4/Bundle', type: 'Bundle', status: 422, … }`. */
export function requestLine(
  { request, requestId, path, caller, notes }: RequestContext,
  { route, status, bytes, millis }: RequestFacts,
): Record<string, unknown> {
  const client = caller ?? (notes.client?.proven === true ? notes.client : undefined);
  return {
    requestId,
    method: request.method,
    route: routeOf(route?.path, path.type),
    type: route && typeOf(route, path.type),
    bundleType:
      notes.bundleType !== undefined && bundleTypes.has(notes.bundleType) ? notes.bundleType : undefined,
    client: client?.clientId,
    sender: client?.sender,
    status,
    bytes: bytes ?? declaredLength(request.headers['content-length']),
    ms: Math.round(millis * 100) / 100,
    rules: notes.rules.size === 0 ? undefined : [...notes.rules],
    submissionId: notes.submissionId,
  };
}

/** Notes the rules of the errors: why a request, or a part of one, was refused. */
export function noteRules({ note }: Pick<RequestContext, 'note'>, issues: readonly Issue[]): void {
  note({ rules: issues.filter(isFault).map(({ rule }) => rule) });
}

/** Of a body that was not read: as its head says. */
function declaredLength(header = '0'): number {
  const length = Number(header);
  return Number.isSafeInteger(length) && length >= 0 ? length : 0;
}

const UNMATCHED = 'unmatched';
let knownTypes: ReadonlySet<string> | undefined;

const isType = (name: string | undefined): name is string => {
  knownTypes ??= new Set(resourceTypes());
  return name !== undefined && knownTypes.has(name);
};

/** The path's pattern with the resource type in it. What is no type is what a caller wrote: it is not repeated. */
export function routeOf(pattern: string | undefined, type: string | undefined): string {
  if (pattern === undefined) return UNMATCHED;
  const plain = pattern.replace(/\{\/\}$/, '');
  if (!plain.includes(':type')) return plain;
  return isType(type) ? plain.replace(':type', type) : UNMATCHED;
}

/** The resource type that the route is about; a submission is a Bundle, whichever path it takes. */
function typeOf(
  { path, audit, body }: Pick<Route, 'path' | 'audit' | 'body'>,
  type?: string,
): string | undefined {
  if (audit?.action === 'C' && body === 'fhir') return 'Bundle';
  if (path.includes(':type')) return isType(type) ? type : undefined;
  const [, named] = /^\/FHIR\/R4\/([A-Z]\w+)/.exec(path) ?? [];
  return isType(named) ? named : undefined;
}

/** `Bundle.type` as R4 knows it: another word in its place is the sender's. @see https://hl7.org/fhir/R4/valueset-bundle-type.html */
const bundleTypes = new Set([
  'document',
  'message',
  'transaction',
  'transaction-response',
  'batch',
  'batch-response',
  'history',
  'searchset',
  'collection',
]);
