/**
 * Decides whether to serve a request: whether the path exists, who the caller is, and whether the caller is allowed.
 * Everything that can be refused before the body is read is refused here, and recorded with the patient it was about.
 */
import type { Request } from 'express';
import type { Caller } from '../../engines/access/caller';
import { readBreakGlass } from '../../engines/access/policy';
import { authenticate } from './authenticate';
import { receivedBefore } from './body';
import { MOST_OF_A_REFUSED_BODY, namedIn } from './named-in-body';
import { nearestRoute } from './nearest-route';
import {
  noProxy,
  notForRole,
  notSignedIn,
  noSuchMethod,
  noSuchPath,
  outOfScope,
  tooManyRequests,
} from './refusals';
import type { RequestContext } from './request-context';
import type { DispatchOptions, RequestInProgress } from './request-in-progress';
import { opens, type Route } from './route';
import { clientCertificateOf } from '../../platform/tls';
import { CHECK_AGAIN_AFTER_MILLIS } from '../../platform/watched-file';

/** Checks the path, the caller and the caller's permission, before the body is read. */
export async function admit(
  progress: RequestInProgress,
  route: Route | undefined,
  routes: readonly Route[],
  fault: unknown,
): Promise<void> {
  const { request, context, options } = progress;
  if (!route) {
    await countRequest(`address ${context.address ?? ''}`, options);
    await recognise(request, context, options);
    if (request.method === 'CONNECT') throw noProxy();
    if (fault !== undefined) throw fault;
    const near = nearestRoute(request.method, request.originalUrl, options.routes);
    throw routes.length === 0 ? noSuchPath(near) : noSuchMethod(routes, request.method, near);
  }
  if (route.access.kind === 'open') {
    if (route.isProbe !== true) await countRequest(`address ${context.address ?? ''}`, options);
  } else {
    const caller = await knowCaller(progress, route);
    const count = (): Promise<void> => countRequest(callerKey(caller, route), options);
    await count();
    context.countPart = count;
    context.admitAgain = () => admitAgain(progress, route);
  }
  if (fault !== undefined) throw fault;
  refuseMissing(route, context);
}

/** @throws Refused (403) when the caller's scopes or roles do not allow the route */
function refuseMissing(route: Route, context: RequestContext): void {
  const missing = missingScope(route, context);
  if (missing !== undefined) throw outOfScope(...missing);
  const { access } = route;
  if (access.kind === 'signed-in' && !access.roles.some((role) => context.person?.roles.includes(role)))
    throw notForRole();
}

/** Identifies the caller and whose data it may read, by the current keys, clients and policy. */
async function knowCaller(progress: RequestInProgress, { access }: Route): Promise<Caller> {
  const { request, context, options } = progress;
  if (access.kind === 'signed-in') return knowPerson(progress);
  const caller = await authenticate(request, options.verify, () =>
    countRequest(`address ${context.address ?? ''}`, options),
  );
  context.caller = caller;
  context.reach = options.reach(caller, readBreakGlass(headerOf(request, 'x-break-glass')));
  context.reachToWrite = options.reach(caller, undefined);
  if (context.reach.kind === 'all' && context.reach.breakGlass !== undefined)
    context.note({ breakGlass: context.reach.breakGlass });
  return caller;
}

/** Identifies the person who is signed in. Without one, the page sends the browser to the sign-in page. */
async function knowPerson({ request, context, options }: RequestInProgress): Promise<Caller> {
  const person = await options.people.personOf(request);
  if (!person) {
    await countRequest(`address ${context.address ?? ''}`, options);
    throw notSignedIn();
  }
  context.person = person;
  context.caller = person.caller;
  context.reach = options.reach(person.caller, undefined);
  return person.caller;
}

/** For the limit of requests: a client, or the session of a person. */
const callerKey = ({ issuer, clientId, tokenId = '' }: Caller, { access }: Route): string =>
  access.kind === 'signed-in' ? `session ${tokenId}` : `client ${issuer} ${clientId}`;

/**
 * Checks the caller again after a slow body, after a wait, and between the entries of a batch. In the meantime the
 * token may have expired, the client may have been disabled, or the policy may have become stricter.
 */
export async function admitAgain(progress: RequestInProgress, route: Route): Promise<void> {
  if (route.access.kind === 'open' || Date.now() - progress.admittedAt < CHECK_AGAIN_AFTER_MILLIS) return;
  const askedAt = Date.now();
  await knowCaller(progress, route);
  refuseMissing(route, progress.context);
  // Only after the rights were found to hold: what was refused is asked again, and never counts as admitted.
  progress.admittedAt = askedAt;
}

/** The scope that the caller lacks; undefined when it lacks none, or when the handler checks it. */
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

/** Identifies the caller of a request that no route supports, if it has a valid token. */
async function recognise(request: Request, context: RequestContext, options: DispatchOptions): Promise<void> {
  if (request.headers.authorization === undefined) return;
  const verified = await options.verify(request.headers.authorization, clientCertificateOf(request.socket));
  if (verified.ok) context.caller = verified.caller;
}

/** Notes for the audit trail the patients of a request that is refused before its body is read. */
export async function noteAttempt({ request, context, options, received }: RequestInProgress): Promise<void> {
  if (request.headers.expect !== undefined && !(await comesUnasked(request))) return;
  let bytes: Buffer;
  try {
    bytes = await options.bodies.read(request, received, MOST_OF_A_REFUSED_BODY);
  } catch (error) {
    // The body is too large, incomplete, or not encoded as its Content-Encoding says. The request is refused in any
    // case.
    bytes = receivedBefore(error);
  }
  context.note(await namedIn(bytes, options.patients));
}

/** How long, in milliseconds, a sender with `Expect: 100-continue` is given to show that it does not wait for it. */
const UNASKED_MILLIS = 50;

/**
 * Whether some of the body comes although its sender has not been told to continue. One that waits sends nothing, and is
 * refused at once.
 */
function comesUnasked(request: Request): Promise<boolean> {
  return new Promise((resolve) => {
    const decide = (): void => {
      clearTimeout(timer);
      request.off('readable', decide);
      request.off('close', decide);
      resolve(request.readableLength > 0);
    };
    const timer = setTimeout(decide, request.readableLength > 0 ? 0 : UNASKED_MILLIS);
    request.on('readable', decide);
    request.on('close', decide);
  });
}

async function countRequest(key: string, { rateLimit }: DispatchOptions): Promise<void> {
  const seconds = await rateLimit.count(key);
  if (seconds > 0) throw tooManyRequests(seconds);
}

const headerOf = (request: Request, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};
