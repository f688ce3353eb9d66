/**
 * Turns the table of routes into an Express application. Each request goes the same way: request id → path → method
 * → who is it → may it → body → handler → audit → answer; each failure ends in the one place that writes outcomes.
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Caller } from '../access/caller';
import { readBreakGlass, type ReadRestriction } from '../access/policy';
import type { TokenVerifier } from '../access/verify-token';
import type { Patients } from '../definitions/patients';
import { nhsNumbersInBody } from '../auditing/nhs-numbers-in';
import { operationOutcome } from '../fhir/operation-outcome';
import type { AnyResource } from '../fhir/types';
import { meansDatabaseAway } from '../platform/postgres';
import type { Logger } from '../platform/logger';
import { auditedAs } from './audited-as';
import type { ReadBody } from './body';
import { type Answer, type Exchange, refused } from './exchange';
import { failureOf } from './failure-of';
import type { RateLimit } from './middleware/rate-limit';
import type { Uploads } from './middleware/uploads';
import { correlationIdOf, preferencesOf, queryOf, requestIdOf } from './request-head';
import {
  MAX_URL_LENGTH,
  noSuchMethod,
  noSuchPath,
  notAcceptable,
  outOfScope,
  refuseOddHeads,
  tooLong,
  tooManyRequests,
  tooManyUploads,
} from './refusals';
import { formatOf, isPretty } from './rendering';
import { respond, type Rendering } from './respond';
import { opens, type Audited, type Route } from './route';
import { statusOf } from './status';
import { clientCertificateOf } from './tls';

export interface DispatchOptions {
  routes: readonly Route[];
  verify: TokenVerifier['verify'];
  readBody: ReadBody;
  patients: Pick<Patients, 'nhsNumbersIn'>;
  baseUrl: () => string;
  log: Logger;
  /** Called before each answer to a caller that the audit trail is to know of; the answer waits for it. */
  audit: (audited: Audited, exchange: Exchange, answer: { status: number }) => Promise<void>;
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
  const startedAt = process.hrtime.bigint();
  const route = routes.find((each) => each.method === (request.method === 'HEAD' ? 'GET' : request.method));
  const audited = auditedAs(request.method, route, routes);
  const { query, fault = unreadable } = queryAsked(request.originalUrl);
  const exchange = { ...exchangeOf(request, response, options), query };
  let release = (): void => undefined;
  const answered = audited ? options.expectAudit() : undefined;
  try {
    refuseOddHeads(exchange);
    await admit(request, route, routes, exchange, options, fault);
    release = uploadPlace(route, exchange, options);
    const answer = await answerOf(request, route!, exchange, options);
    if (audited && answer.status !== 503) await options.audit(audited, exchange, answer);
    respond(response, answer, renderingOf(exchange));
  } catch (error) {
    await fail(error, request, response, options, exchange, audited);
  } finally {
    answered?.();
    release();
  }
  options.log.info({
    requestId: response.locals.requestId,
    method: request.method,
    route: route?.path,
    status: response.statusCode,
    ms: Math.round(Number(process.hrtime.bigint() - startedAt) / 1e4) / 100,
    submissionId: exchange.audit.submissionId,
  });
}

/** Is there such a path, who is it, and may they: whatever can be refused before the body is read. */
async function admit(
  request: Request,
  route: Route | undefined,
  routes: readonly Route[],
  exchange: Exchange,
  options: DispatchOptions,
  fault: unknown,
): Promise<void> {
  if (!route) {
    countRequest(`address ${exchange.address ?? ''}`, options);
    await recognise(request, exchange, options);
    if (fault !== undefined) throw fault;
    throw routes.length === 0 ? noSuchPath() : noSuchMethod(routes);
  }
  if (route.access.kind === 'open') {
    if (route.isProbe !== true) countRequest(`address ${exchange.address ?? ''}`, options);
  } else {
    const caller = await authenticate(request, exchange, options);
    exchange.caller = caller;
    const count = (): void => countRequest(`client ${caller.issuer} ${caller.clientId}`, options);
    count();
    exchange.countPart = count;
    exchange.reach = options.reach(caller, readBreakGlass(headerOf(request, 'x-break-glass')));
    if (exchange.reach.kind === 'all' && exchange.reach.breakGlass !== undefined)
      exchange.audit.breakGlass = exchange.reach.breakGlass;
  }
  if (fault !== undefined) throw fault;
  if (route.access.kind === 'scope') {
    const { type, interaction } = route.access;
    const named = type === ':type' ? (exchange.path.type ?? '') : type;
    if (!exchange.caller || !opens(exchange.caller.scopes, named, route.access)) {
      await noteAttempt(request, route, exchange, options);
      throw outOfScope(named, interaction, route.access.whole);
    }
  }
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
async function recognise(request: Request, exchange: Exchange, options: DispatchOptions): Promise<void> {
  if (request.headers.authorization === undefined) return;
  const verified = await options.verify(request.headers.authorization, clientCertificateOf(request.socket));
  if (verified.ok) exchange.caller = verified.caller;
}

/** What is read of a body that is refused for want of a scope, to tell the audit trail whom it was about. */
const MOST_OF_A_REFUSED_BODY = 1024 * 1024;

/** Tells the audit trail which NHS numbers a caller has asked or told of that it may not ask or tell of. */
async function noteAttempt(
  request: Request,
  { body }: Route,
  { audit }: Exchange,
  { readBody, patients }: DispatchOptions,
): Promise<void> {
  if (body === undefined || request.headers.expect !== undefined) return;
  try {
    const bytes = await readBody(request, MOST_OF_A_REFUSED_BODY);
    for (const number of nhsNumbersInBody(bytes.toString('utf8'), patients)) audit.nhsNumbers.add(number);
  } catch {
    // Too large, or not what its Content-Encoding says: it is refused either way.
  }
}

async function answerOf(
  request: Request,
  route: Route,
  exchange: Exchange,
  options: DispatchOptions,
): Promise<Answer> {
  if (route.produces === 'fhir' && formatOf(exchange) === undefined) throw notAcceptable();
  const body = route.body ? await options.readBody(request, route.maxBodyBytes) : Buffer.alloc(0);
  return route.handler(exchange, body);
}

function countRequest(key: string, { rateLimit }: DispatchOptions): void {
  const seconds = rateLimit.count(key);
  if (seconds > 0) throw tooManyRequests(seconds);
}

function uploadPlace(
  route: Route | undefined,
  { caller }: Exchange,
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

/** Two of them could be read as one by a proxy and as the other here: neither is believed. */
const AMBIGUOUS = 'The request has more than one Authorization header; send one.';

async function authenticate(
  request: Request,
  { address }: Exchange,
  options: DispatchOptions,
): Promise<Caller> {
  const verified =
    (request.headersDistinct.authorization?.length ?? 0) > 1
      ? ({ ok: false, error: 'invalid_token', code: 'security', text: AMBIGUOUS } as const)
      : await options.verify(request.headers.authorization, clientCertificateOf(request.socket));
  if (verified.ok) {
    const organisation = request.headers['nhsd-end-user-organisation-ods'];
    return typeof organisation === 'string' && /^[A-Za-z0-9]{1,12}$/.test(organisation)
      ? { ...verified.caller, endUserOrganisation: organisation.toUpperCase() }
      : verified.caller;
  }
  countRequest(`address ${address ?? ''}`, options);
  const missing = verified.error === 'missing';
  throw refused(
    'unauthenticated',
    { code: verified.code, rule: missing ? 'http-no-token' : 'http-token', text: verified.text },
    { 'WWW-Authenticate': missing ? 'Bearer' : 'Bearer error="invalid_token"' },
  );
}

function exchangeOf(request: Request, response: Response, options: DispatchOptions): Exchange {
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
    audit: { patients: new Set(), nhsNumbers: new Set(), resources: [] },
  };
}

function renderingOf(exchange: Exchange): Rendering {
  return {
    format: formatOf(exchange) ?? 'json',
    pretty: isPretty(exchange),
    withBody: exchange.request.method !== 'HEAD',
  };
}

/** The one place where a failure becomes an answer. */
async function fail(
  error: unknown,
  request: Request,
  response: Response,
  options: DispatchOptions,
  exchange: Exchange,
  audited: Audited | undefined,
): Promise<void> {
  if (request.destroyed && !request.complete) {
    response.destroy();
    return;
  }
  let failure = failureOf(error, options.log, exchange.requestId);
  const status = (): number => statusOf[failure.category];
  try {
    if (audited && !meansDatabaseAway(error)) await options.audit(audited, exchange, { status: status() });
  } catch (auditError) {
    failure = failureOf(auditError, options.log, exchange.requestId);
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const answer: Answer = {
    status: status(),
    resource: operationOutcome(failure.issues) as unknown as AnyResource,
    headers: {
      ...(status() === 503 || status() === 429 ? { 'Retry-After': '2' } : {}),
      ...(exchange.audit.submissionId === undefined
        ? {}
        : { 'X-Submission-ID': exchange.audit.submissionId }),
      ...failure.headers,
    },
  };
  respond(response, answer, renderingOf(exchange));
}
