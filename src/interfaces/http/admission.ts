/**
 * Whether a request is let in: is there such a path, who is it, and may they. Whatever can be refused before the body is
 * read is refused here, and recorded with whom it was about.
 */
import type { Request } from 'express';
import type { Caller } from '../../engines/access/caller';
import { readBreakGlass } from '../../engines/access/policy';
import { nhsNumbersInBody } from '../../use-cases/auditing/nhs-numbers-in';
import { authenticate } from './authenticate';
import { Unfinished } from './body';
import { nearestRoute } from './nearest-route';
import { noSuchMethod, noSuchPath, outOfScope, tooManyRequests } from './refusals';
import type { RequestContext } from './request-context';
import type { DispatchOptions, RequestInProgress } from './request-in-progress';
import { opens, type Route } from './route';
import { clientCertificateOf } from './tls';

/** Is there such a path, who is it, and may they: whatever can be refused before the body is read. */
export async function admit(
  progress: RequestInProgress,
  route: Route | undefined,
  routes: readonly Route[],
  fault: unknown,
): Promise<void> {
  const { request, context, options } = progress;
  if (!route) {
    countRequest(`address ${context.address ?? ''}`, options);
    await recognise(request, context, options);
    if (fault !== undefined) throw fault;
    const near = nearestRoute(request.method, request.originalUrl, options.routes);
    throw routes.length === 0 ? noSuchPath(near) : noSuchMethod(routes, request.method, near);
  }
  if (route.access.kind === 'open') {
    if (route.isProbe !== true) countRequest(`address ${context.address ?? ''}`, options);
  } else {
    const caller = await knowCaller(progress);
    const count = (): void => countRequest(`client ${caller.issuer} ${caller.clientId}`, options);
    count();
    context.countPart = count;
  }
  if (fault !== undefined) throw fault;
  const missing = missingScope(route, context);
  if (missing === undefined) return;
  await noteAttempt(progress, route);
  throw outOfScope(...missing);
}

/** Who asks, and whose data they may read, by the keys, clients and policy of this moment. */
async function knowCaller({ request, context, options }: RequestInProgress): Promise<Caller> {
  const caller = await authenticate(request, options.verify, () =>
    countRequest(`address ${context.address ?? ''}`, options),
  );
  context.caller = caller;
  context.reach = options.reach(caller, readBreakGlass(headerOf(request, 'x-break-glass')));
  if (context.reach.kind === 'all' && context.reach.breakGlass !== undefined)
    context.note({ breakGlass: context.reach.breakGlass });
  return caller;
}

/** A body that took longer than this is judged by who may what when it is whole, in milliseconds. */
const ADMITTED_FOR = 1_000;

/** Asks again where a body came slowly: the token may have expired since, or the client have been withdrawn. */
export async function admitAgain(
  progress: RequestInProgress,
  route: Route,
  admittedAt: number,
): Promise<void> {
  if (route.access.kind === 'open' || Date.now() - admittedAt < ADMITTED_FOR) return;
  await knowCaller(progress);
  const missing = missingScope(route, progress.context);
  if (missing !== undefined) throw outOfScope(...missing);
}

/** The scope that the caller would have to have; undefined where it has it, or where the handler itself asks. */
function missingScope(
  { access }: Route,
  { path, caller }: RequestContext,
): Parameters<typeof outOfScope> | undefined {
  const scopes = caller?.scopes;
  if (access.kind === 'submit-or-read') {
    const mayRead = scopes !== undefined && scopes.types('r').length + scopes.types('s').length > 0;
    return mayRead || scopes?.allows('Bundle', 'c') === true ? undefined : ['Bundle', 'c'];
  }
  if (access.kind !== 'scope') return undefined;
  const type = access.type === ':type' ? (path.type ?? '') : access.type;
  return scopes && opens(scopes, type, access) ? undefined : [type, access.interaction, access.whole];
}

/** Who tried what is not offered, where a good token says so. */
async function recognise(request: Request, context: RequestContext, options: DispatchOptions): Promise<void> {
  if (request.headers.authorization === undefined) return;
  const verified = await options.verify(request.headers.authorization, clientCertificateOf(request.socket));
  if (verified.ok) context.caller = verified.caller;
}

/** What is read of a body that is refused for want of a scope, to tell the audit trail whom it was about. */
const MOST_OF_A_REFUSED_BODY = 1024 * 1024;

/** Tells the audit trail which NHS numbers a caller has asked or told of that it may not ask or tell of. */
async function noteAttempt(
  { request, context, options, received }: RequestInProgress,
  { body }: Route,
): Promise<void> {
  if (body === undefined || request.headers.expect !== undefined) return;
  let bytes: Buffer = Buffer.alloc(0);
  try {
    bytes = await options.bodies.read(request, received, MOST_OF_A_REFUSED_BODY);
  } catch (error) {
    // Too large, or not what its Content-Encoding says, or cut off: it is refused either way.
    if (error instanceof Unfinished) bytes = error.received;
  }
  noteNumbersIn(bytes, context, options);
}

/** The NHS numbers that a body names, for the audit record of a request that was not answered. */
export function noteNumbersIn(
  body: Buffer,
  { note }: RequestContext,
  { patients }: Pick<DispatchOptions, 'patients'>,
): void {
  const text = body.subarray(0, MOST_OF_A_REFUSED_BODY).toString('utf8');
  note({ nhsNumbers: nhsNumbersInBody(text, patients) });
}

function countRequest(key: string, { rateLimit }: DispatchOptions): void {
  const seconds = rateLimit.count(key);
  if (seconds > 0) throw tooManyRequests(seconds);
}

const headerOf = (request: Request, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};
