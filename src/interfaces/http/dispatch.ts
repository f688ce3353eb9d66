/**
 * Makes an Express application from the table of routes. Every request passes the same steps: request id → path →
 * method → authentication → authorisation → body → handler → audit → answer. Every failure ends in one function, which
 * writes the OperationOutcome.
 */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { inSlices } from '../../platform/in-slices';
import { meansDatabaseAway } from '../../platform/postgres';
import type { TracedRequest } from '../../platform/tracing';
import { nothing } from '../../use-cases/call/disclosed';
import { tooCostly } from '../../use-cases/call/failures';
import { admit, admitAgain, noteAttempt } from './admission';
import { auditedRequestOf } from './audit-facts-of';
import { auditedAs } from './audited-as';
import { receivedBefore, Unfinished } from './body';
import { failureAnswer } from './failure-answer';
import { faultFormatOf } from './fault-format';
import { failureOf } from './failure-of';
import { formOf } from './form';
import { namedIn } from './named-in-body';
import { withMeantPath } from './nearest-route';
import { parametersIn } from './operation-parameters';
import { routeByPlainPath } from './plain-path';
import {
  abandoned,
  busy,
  MAX_URL_LENGTH,
  beyondMemory,
  notAcceptable,
  refuseOddHeads,
  tooLong,
  tooManyUploads,
} from './refusals';
import { formatOf, renderingOf } from './rendering';
import { type Answer, type RequestContext, Refused } from './request-context';
import { correlationIdOf, preferencesOf, queryOf, requestIdOf } from './request-head';
import { takeNotes } from './request-notes';
import type { DispatchOptions, RequestInProgress } from './request-in-progress';
import { noteRules, requestLine, type RequestFacts } from './request-line';
import { respond, within } from './respond';
import type { Audited, Route } from './route';
import { statusOf } from './status';
import { weightOfAnswer, weightOfBody } from './heap-cost';

export function dispatch(options: DispatchOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', () => ({}));
  app.set('trust proxy', [...options.trustedProxies]);
  app.enable('strict routing');
  app.enable('case sensitive routing');
  const headers = Object.entries(options.headers);
  app.use((request: Request, response: Response, next: NextFunction) => {
    for (const [name, value] of headers) response.setHeader(name, value);
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
    app.all(path, (request, response) => traced(request, response, routes, options));
  }
  app.use((request: Request, response: Response) => traced(request, response, [], options));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    traced(request, response, [], options, error),
  );
  return app;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

/** Serves a request as a part of the trace that its caller names. */
async function traced(...[request, ...given]: Parameters<typeof serve>): Promise<void> {
  const [, , options] = given;
  await options.tracing.request(request.headers, () => serve(request, ...given));
}

/** @param unreadable the error of the router, if it could not read the path */
async function serve(
  request: Request,
  response: Response,
  routes: readonly Route[],
  options: DispatchOptions,
  unreadable?: unknown,
): Promise<TracedRequest> {
  const startedAt = performance.now();
  const route = routes.find((each) => each.method === (request.method === 'HEAD' ? 'GET' : request.method));
  const audited = auditedAs(request.method, route, routes);
  const { query, fault = unreadable } = queryAsked(request.originalUrl);
  const context: RequestContext = {
    ...contextOf(request, response, options),
    query,
    gone: departureOf(request),
  };
  const inWordsOf = faultFormatOf(request, routes);
  const received = options.bodies.open();
  const progress: RequestInProgress = {
    ...{ request, context, options, inWordsOf, received },
    disclosed: nothing,
    admittedAt: Date.now(),
  };
  let release = (): void => undefined;
  const answered = audited ? options.expectAudit() : undefined;
  try {
    refuseOddHeads(context);
    await admit(progress, route, routes, fault);
    release = await uploadPlace(route, context, options);
    const answer = await answerOf(progress, route!);
    if (audited && answer.status !== 503) await record(progress, audited, answer.status);
    await respond(response, answer, renderingOf(progress.context));
  } catch (error) {
    if (audited) await noteWhom(error, progress, route);
    await fail(error, response, progress, audited);
  } finally {
    answered?.();
    release();
    progress.received.release();
    progress.working?.release();
  }
  return report(progress, {
    route: route ?? routes[0],
    status: response.statusCode,
    bytes: progress.bytes,
    millis: performance.now() - startedAt,
  });
}

/** Logs and counts a request that was answered. */
function report({ context, options }: RequestInProgress, facts: RequestFacts): TracedRequest {
  const line = requestLine(context, { ...facts, traceId: options.tracing.traceId() });
  options.log.info(line, 'request');
  const { method, route, status } = line;
  options.onAnswered?.({ method, route, status, seconds: facts.millis / 1000 });
  return { method, route, status };
}

/** Failures under load: the body is not read just for the audit record. */
const UNREAD: readonly unknown[] = ['throttled', 'unavailable'];

/**
 * Notes the patients that a failed request was about, if only its body names them: when the request was refused before
 * or while its body was read, or by a handler before it looked at them. A method or path that is not offered may have a
 * body that is meant for another one, such as a Patient that is sent to `Patient`.
 */
async function noteWhom(
  error: unknown,
  progress: RequestInProgress,
  route: Route | undefined,
): Promise<void> {
  const { request, context, options, body } = progress;
  const mayHaveBody = route ? route.body !== undefined : request.method !== 'CONNECT';
  if (!mayHaveBody || !context.caller || context.notes.recorded === true) return;
  if (body) context.note(await namedIn(body, options.patients));
  else if (!(error instanceof Refused && UNREAD.includes(error.failure.category)))
    await noteAttempt(progress);
}

/** The only function that writes the audit record of a request: what was requested, and what was disclosed. */
async function record(progress: RequestInProgress, audited: Audited, status: number): Promise<void> {
  const { context, options, disclosed } = progress;
  if (context.notes.recorded === true) return;
  try {
    await options.audit(auditedRequestOf(audited, context), { status, disclosed });
  } catch (error) {
    // The refusal of an answer is recorded before it is thrown.
    if (error instanceof Refused) context.note({ recorded: true });
    throw error;
  }
}

const departures = new WeakMap<Socket, AbortSignal>();

/** A signal that aborts when the caller disconnects. The requests of one connection share it. */
function departureOf({ socket }: Request): AbortSignal {
  const known = departures.get(socket);
  if (known !== undefined) return known;
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  socket.once('close', () => controller.abort());
  departures.set(socket, controller.signal);
  return controller.signal;
}

/** The query, or its fault, which is reported after the caller is authenticated. */
function queryAsked(url: string): { query: [string, string][]; fault?: unknown } {
  if (url.length > MAX_URL_LENGTH) return { query: [], fault: tooLong() };
  try {
    return { query: queryOf(url) };
  } catch (fault) {
    return { query: [], fault };
  }
}

async function answerOf(progress: RequestInProgress, route: Route): Promise<Answer> {
  const { context, options } = progress;
  if (route.produces === 'fhir' && formatOf(context) === undefined) throw notAcceptable();
  const body = await bodyOf(progress, route);
  progress.bytes = body.length;
  await admitAgain(progress, route);
  const weight = await inSlices(weightOfBody(body));
  await makeRoom(progress, route, weight, body);
  await admitAgain(progress, route);
  progress.context = withParameters(context, route, body);
  const answer = await handled(progress, route, body);
  if (route.access.kind === 'open') return answer;
  const bounded = within(answer, renderingOf(progress.context), options.maxAnswerBytes);
  if (!bounded) throw new Refused(tooCostly(options.maxAnswerBytes).failure);
  progress.working?.shrinkTo(weight + (bounded.bytes?.body.length ?? 0));
  return bounded;
}

/** Reads the body. If it cannot be read completely, the part received is kept for the audit trail. */
async function bodyOf(progress: RequestInProgress, route: Route): Promise<Buffer> {
  progress.body = Buffer.alloc(0);
  if (route.body === undefined) return progress.body;
  const { request, options, received } = progress;
  try {
    return (progress.body = await options.bodies.read(request, received, route.maxBodyBytes));
  } catch (error) {
    progress.body = receivedBefore(error);
    throw error;
  }
}

/** Adds the parameters in the body to those of the query, if the route accepts them there. */
function withParameters(
  context: RequestContext,
  { parametersIn: kind }: Route,
  body: Buffer,
): RequestContext {
  if (kind === undefined) return context;
  const read = kind === 'form' ? formOf : parametersIn;
  return { ...context, query: [...context.query, ...read(body, context)] };
}

/** Runs the handler, and keeps what it disclosed for the audit record. @throws Refused for its failure */
async function handled(progress: RequestInProgress, route: Route, body: Buffer): Promise<Answer> {
  const { context } = progress;
  if (route.audit === undefined || 'recordedBy' in route) return route.handler(context, body);
  const reply = await route.handler(context, body);
  progress.disclosed = reply.disclosed;
  if (reply.ok) return reply.answer;
  throw new Refused(reply.failure);
}

/** How long a request waits for memory that other requests use, in milliseconds. */
const WAIT_FOR_ROOM = 20_000;

/** Reserves the memory that a request may need. @throws Refused (503) when other requests need all of it */
async function makeRoom(
  progress: RequestInProgress,
  route: Route,
  weight: number,
  body: Buffer,
): Promise<void> {
  if (route.audit === undefined) return;
  const { context, options } = progress;
  if (weight > options.work.limit) throw beyondMemory();
  const isSmall = route.isSmallAnswer?.(body) === true;
  const wanted = weight + (isSmall ? 0 : weightOfAnswer(options.maxAnswerBytes));
  const hold = await options.work.take(wanted, { millis: WAIT_FOR_ROOM, signal: context.gone });
  if (!hold) throw context.gone.aborted ? abandoned() : busy();
  progress.working = hold;
}

async function uploadPlace(
  route: Route | undefined,
  { caller }: RequestContext,
  { uploads }: DispatchOptions,
): Promise<() => void> {
  if (route?.body !== 'fhir' || !caller) return () => undefined;
  const release = await uploads.begin(`${caller.issuer} ${caller.clientId}`);
  if (!release) throw tooManyUploads();
  return release;
}

function contextOf(
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
    reachToWrite: { kind: 'all' },
    prefer: preferencesOf(request),
    log: options.log,
    now: options.now(),
    maxAnswerBytes: options.maxAnswerBytes,
    ...takeNotes(),
  };
}

/** The only function that turns a failure into an answer. */
async function fail(
  thrown: unknown,
  response: Response,
  progress: RequestInProgress,
  audited: Audited | undefined,
): Promise<void> {
  const { request, context, options, inWordsOf } = progress;
  const isUnfinished = thrown instanceof Unfinished || (request.destroyed && !request.complete);
  // A caller that disconnected before the body was complete is recorded with the attempt. An unauthenticated caller has
  // attempted nothing yet.
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
    if (audited && !meansDatabaseAway(error)) await record(progress, audited, status());
  } catch (auditError) {
    failure = failureOf(auditError, options.log, context.requestId);
  }
  if (response.headersSent || isUnfinished) {
    response.destroy();
    return;
  }
  const answer =
    inWordsOf === 'page'
      ? await options.people.failurePage(failure, context)
      : failureAnswer(failure, context, inWordsOf);
  await respond(response, answer, renderingOf(context));
}
