/**
 * Turns the table of routes into an Express application. Each request goes the same way: request id → path → method
 * → who is it → may it → body → handler → audit → answer; each failure ends in the one place that writes outcomes.
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Caller } from '../../engines/access/caller';
import { readBreakGlass, type ReadRestriction } from '../../engines/access/policy';
import type { TokenVerifier } from '../../engines/access/verify-token';
import type { Patients } from '../../definitions/patients';
import { nhsNumbersInBody } from '../../use-cases/auditing/nhs-numbers-in';
import { meansDatabaseAway } from '../../platform/postgres';
import type { Logger } from '../../platform/logger';
import { auditedAs } from './audited-as';
import { authenticate } from './authenticate';
import { Unfinished, type Bodies } from './body';
import { type Answer, type RequestContext, Refused } from './request-context';
import { failureAnswer } from './failure-answer';
import { failureOf } from './failure-of';
import type { RateLimit } from './middleware/rate-limit';
import type { Uploads } from './middleware/uploads';
import type { Hold, InFlight } from './in-flight';
import { correlationIdOf, preferencesOf, queryOf, requestIdOf } from './request-head';
import {
  abandoned,
  busy,
  MAX_URL_LENGTH,
  beyondMemory,
  noSuchMethod,
  noSuchPath,
  notAcceptable,
  outOfScope,
  refuseOddHeads,
  tooLong,
  tooManyRequests,
  tooManyUploads,
} from './refusals';
import { formatOf, renderingOf } from './rendering';
import { noteRules, requestLine } from './request-line';
import { respond, within } from './respond';
import { nearestRoute, withMeantPath } from './nearest-route';
import { routeByPlainPath } from './plain-path';
import { opens, type Audited, type Route } from './route';
import { statusOf } from './status';
import { clientCertificateOf } from './tls';
import { tooCostly } from './handlers/fitting';
import { weightOfAnswer, weightOfBody } from './weight';

export interface DispatchOptions {
  routes: readonly Route[];
  verify: TokenVerifier['verify'];
  bodies: Bodies;
  /** The memory that requests are worked on in. */
  work: InFlight;
  maxAnswerBytes: number;
  patients: Pick<Patients, 'nhsNumbersIn'>;
  baseUrl: () => string;
  log: Logger;
  /** Called before each answer to a caller that the audit trail is to know of; the answer waits for it. */
  audit: (audited: Audited, context: RequestContext, answer: { status: number }) => Promise<void>;
  /** Called when a request comes that will be audited; what it returns, when that is answered. */
  expectAudit: () => () => void;
  /** Middleware that comes before everything, such as CORS. */
  before?: readonly express.RequestHandler[];
  /** Headers that every answer carries. */
  headers: Readonly<Record<string, string>>;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  rateLimit: RateLimit;
  uploads: Uploads;
  /** Whose data the caller may read, as the site's policy has it. */
  reach: (caller: Caller, breakGlass: string | undefined) => ReadRestriction;
  now: () => Date;
}

export function dispatch(options: DispatchOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', () => ({}));
  app.set('trust proxy', [...options.trustedProxies]);
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use((request: Request, response: Response, next: NextFunction) => {
    for (const [name, value] of Object.entries(options.headers)) response.setHeader(name, value);
    const requestId = requestIdOf(request);
    response.locals.requestId = requestId;
    response.setHeader('X-Request-ID', requestId);
    const correlationId = correlationIdOf(request);
    if (correlationId !== undefined) response.setHeader('X-Correlation-ID', correlationId);
    next();
  });
  for (const middleware of options.before ?? []) app.use(middleware);
  app.use(routeByPlainPath);
  for (const [path, routes] of byPath(options.routes)) {
    app.all(path, (request, response) => serve(request, response, routes, options));
  }
  app.use((request: Request, response: Response) => serve(request, response, [], options));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    serve(request, response, [], options, error),
  );
  return app;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

/** @param unreadable what the router threw, where it could not read the path */
async function serve(
  request: Request,
  response: Response,
  routes: readonly Route[],
  options: DispatchOptions,
  unreadable?: unknown,
): Promise<void> {
  const startedAt = performance.now();
  const route = routes.find((each) => each.method === (request.method === 'HEAD' ? 'GET' : request.method));
  const audited = auditedAs(request.method, route, routes);
  const { query, fault = unreadable } = queryAsked(request.originalUrl);
  const departure = departureOf(request);
  const context: RequestContext = {
    ...exchangeOf(request, response, options),
    query,
    gone: departure.signal,
  };
  const inWordsOf = routes.some(({ faults }) => faults === 'oauth') ? 'oauth' : 'fhir';
  const received = options.bodies.inFlight.open();
  const course: Course = { request, context, options, inWordsOf, received };
  let release = (): void => undefined;
  const answered = audited ? options.expectAudit() : undefined;
  try {
    refuseOddHeads(context);
    await admit(course, route, routes, fault);
    release = uploadPlace(route, context, options);
    const answer = await answerOf(course, route!);
    if (audited && answer.status !== 503) await options.audit(audited, context, answer);
    await respond(response, answer, renderingOf(context));
  } catch (error) {
    await fail(error, response, course, audited);
  } finally {
    answered?.();
    release();
    course.received.release();
    course.working?.release();
    departure.forget();
  }
  const line = requestLine(context, {
    route: route ?? routes[0],
    status: response.statusCode,
    bytes: course.bytes,
    millis: performance.now() - startedAt,
  });
  options.log.info(line, 'request');
}

/** One request on its way, and what it holds until it is answered. */
interface Course {
  request: Request;
  context: RequestContext;
  options: DispatchOptions;
  /** Whose words its failure is answered in. */
  inWordsOf: 'fhir' | 'oauth';
  /** The bytes of its body. */
  received: Hold;
  /** How many there were, once the body was read. */
  bytes?: number;
  /** The memory that it is worked on in. */
  working?: Hold;
}

/** Tells when the caller has gone. */
function departureOf({ socket }: Request): { signal: AbortSignal; forget: () => void } {
  const controller = new AbortController();
  const left = (): void => controller.abort();
  socket.once('close', left);
  return { signal: controller.signal, forget: () => socket.off('close', left) };
}

/** Is there such a path, who is it, and may they: whatever can be refused before the body is read. */
async function admit(
  course: Course,
  route: Route | undefined,
  routes: readonly Route[],
  fault: unknown,
): Promise<void> {
  const { request, context, options } = course;
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
    const caller = await knowCaller(course);
    const count = (): void => countRequest(`client ${caller.issuer} ${caller.clientId}`, options);
    count();
    context.countPart = count;
  }
  if (fault !== undefined) throw fault;
  const missing = missingScope(route, context);
  if (missing === undefined) return;
  await noteAttempt(course, route);
  throw outOfScope(...missing);
}

/** Who asks, and whose data they may read, by the keys, clients and policy of this moment. */
async function knowCaller({ request, context, options }: Course): Promise<Caller> {
  const caller = await authenticate(request, options.verify, () =>
    countRequest(`address ${context.address ?? ''}`, options),
  );
  context.caller = caller;
  context.reach = options.reach(caller, readBreakGlass(headerOf(request, 'x-break-glass')));
  if (context.reach.kind === 'all' && context.reach.breakGlass !== undefined)
    context.audit.breakGlass = context.reach.breakGlass;
  return caller;
}

/** A body that took longer than this is judged by who may what when it is whole, in milliseconds. */
const ADMITTED_FOR = 1_000;

/** Asks again where a body came slowly: the token may have expired since, or the client have been withdrawn. */
async function admitAgain(course: Course, route: Route, admittedAt: number): Promise<void> {
  if (route.access.kind === 'open' || Date.now() - admittedAt < ADMITTED_FOR) return;
  await knowCaller(course);
  const missing = missingScope(route, course.context);
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

/** The query; or what is wrong with it, which is told when it is known who asks. */
function queryAsked(url: string): { query: [string, string][]; fault?: unknown } {
  if (url.length > MAX_URL_LENGTH) return { query: [], fault: tooLong() };
  try {
    return { query: queryOf(url) };
  } catch (fault) {
    return { query: [], fault };
  }
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
  { request, context: { audit }, options, received }: Course,
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
  for (const number of nhsNumbersInBody(bytes.toString('utf8'), options.patients))
    audit.nhsNumbers.add(number);
}

async function answerOf(course: Course, route: Route): Promise<Answer> {
  const { request, context, options, received } = course;
  if (route.produces === 'fhir' && formatOf(context) === undefined) throw notAcceptable();
  const admittedAt = Date.now();
  const body = route.body
    ? await options.bodies.read(request, received, route.maxBodyBytes)
    : Buffer.alloc(0);
  course.bytes = body.length;
  await admitAgain(course, route, admittedAt);
  const weight = weightOfBody(body);
  await makeRoom(course, route, weight, body);
  const answer = await route.handler(context, body);
  if (route.access.kind === 'open') return answer;
  const bounded = within(answer, renderingOf(context), options.maxAnswerBytes);
  if (!bounded) throw tooCostly(context);
  course.working?.shrinkTo(weight + (bounded.bytes?.body.length ?? 0));
  return bounded;
}

/** How long a request waits for memory that others are using, in milliseconds. */
const WAIT_FOR_ROOM = 20_000;

/** Takes the memory that a request may need. @throws Refused (503) where others need it all */
async function makeRoom(course: Course, route: Route, weight: number, body: Buffer): Promise<void> {
  if (route.audit === undefined) return;
  const { context, options } = course;
  if (weight > options.work.limit) throw beyondMemory();
  const isSmall = route.isSmallAnswer?.(body) === true;
  const wanted = weight + (isSmall ? 0 : weightOfAnswer(options.maxAnswerBytes));
  const hold = await options.work.take(wanted, { millis: WAIT_FOR_ROOM, signal: context.gone });
  if (!hold) throw context.gone.aborted ? abandoned() : busy();
  course.working = hold;
}

function countRequest(key: string, { rateLimit }: DispatchOptions): void {
  const seconds = rateLimit.count(key);
  if (seconds > 0) throw tooManyRequests(seconds);
}

function uploadPlace(
  route: Route | undefined,
  { caller }: RequestContext,
  { uploads }: DispatchOptions,
): () => void {
  if (route?.body !== 'fhir' || !caller) return () => undefined;
  const release = uploads.begin(`${caller.issuer} ${caller.clientId}`);
  if (!release) throw tooManyUploads();
  return release;
}

const headerOf = (request: Request, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

function exchangeOf(
  request: Request,
  response: Response,
  options: DispatchOptions,
): Omit<RequestContext, 'gone'> {
  const baseUrl = options.baseUrl();
  return {
    request,
    requestId: String(response.locals.requestId),
    baseUrl,
    fhirBase: `${baseUrl}/FHIR/R4`,
    path: Object.fromEntries(
      Object.entries(request.params).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join('/') : String(value),
      ]),
    ),
    query: [],
    ...(request.ip === undefined ? {} : { address: request.ip.replace(/^::ffff:/, '') }),
    caller: undefined,
    reach: { kind: 'all' },
    prefer: preferencesOf(request),
    log: options.log,
    now: options.now(),
    maxAnswerBytes: options.maxAnswerBytes,
    audit: { patients: new Set(), nhsNumbers: new Set(), resources: [] },
  };
}

/** The one place where a failure becomes an answer. */
async function fail(
  thrown: unknown,
  response: Response,
  { request, context, options, inWordsOf }: Course,
  audited: Audited | undefined,
): Promise<void> {
  const isUnfinished = request.destroyed && !request.complete;
  // Who left before the body was whole is still on record, with what was tried; a stranger has tried nothing yet.
  if (isUnfinished && !context.caller) {
    response.destroy();
    return;
  }
  const error = isUnfinished && !(thrown instanceof Refused) ? abandoned() : thrown;
  let failure = failureOf(error, options.log, context.requestId);
  const issues = withMeantPath(failure.issues, request.method, request.originalUrl, options.routes);
  failure = { ...failure, issues };
  const status = (): number => statusOf[failure.category];
  noteRules(context, failure.issues);
  try {
    if (audited && !meansDatabaseAway(error)) await options.audit(audited, context, { status: status() });
  } catch (auditError) {
    failure = failureOf(auditError, options.log, context.requestId);
  }
  if (response.headersSent || isUnfinished) {
    response.destroy();
    return;
  }
  await respond(response, failureAnswer(failure, context, inWordsOf), renderingOf(context));
}
