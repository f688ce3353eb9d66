/**
 * Makes the log line of each request: caller, action, type, size of the body, result and reason. It contains server
 * ids, names of callers and codes, and no text that a caller can choose freely.
 * @see docs/logs.md
 */
import { isFault, type Issue } from '../../fhir/issue';
import { resourceTypes } from '../../fhir/r4/definitions';
import type { RequestContext } from './request-context';
import type { Route } from './route';

/** Facts of the request that are not in its context. */
export interface RequestFacts {
  /** The route of the request; for a method that the path does not support, another route of the path. */
  route: Pick<Route, 'path' | 'audit' | 'body'> | undefined;
  status: number;
  /** The size of the decompressed body in bytes. Undefined when it was not read. */
  bytes: number | undefined;
  millis: number;
  /** The id of its trace, if there is one. */
  traceId?: string | undefined;
}

/** The fields that every line has. */
interface RequestLine extends Record<string, unknown> {
  method: string;
  route: string;
  status: number;
}

/** A line's fields, such as `{ method: 'POST', route: '/FHIR/R4/Bundle', type: 'Bundle', status: 422, … }`. */
export function requestLine(
  { request, requestId, path, caller, notes }: RequestContext,
  { route, status, bytes, millis, traceId }: RequestFacts,
): RequestLine {
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
    traceId,
  };
}

/** Notes the rules of the errors, which say why a request or a part of it was refused. */
export function noteRules({ note }: Pick<RequestContext, 'note'>, issues: readonly Issue[]): void {
  note({ rules: issues.filter(isFault).map(({ rule }) => rule) });
}

/** The length of a body that was not read, as its head states it. */
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

/**
 * The pattern of the path with the resource type in it. A word that is not a type is not repeated, because the caller
 * chose it.
 */
export function routeOf(pattern: string | undefined, type: string | undefined): string {
  if (pattern === undefined) return UNMATCHED;
  const plain = pattern.replace(/\{\/\}$/, '');
  if (!plain.includes(':type')) return plain;
  return isType(type) ? plain.replace(':type', type) : UNMATCHED;
}

/** The resource type of the route. A submission is a Bundle on every path. */
function typeOf(
  { path, audit, body }: Pick<Route, 'path' | 'audit' | 'body'>,
  type?: string,
): string | undefined {
  if (audit?.action === 'C' && body === 'fhir') return 'Bundle';
  if (path.includes(':type')) return isType(type) ? type : undefined;
  const [, named] = /^\/FHIR\/R4\/([A-Z]\w+)/.exec(path) ?? [];
  return isType(named) ? named : undefined;
}

/**
 * The values of `Bundle.type` in R4; any other word is the sender's and is not logged.
 * @see https://hl7.org/fhir/R4/valueset-bundle-type.html
 */
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
