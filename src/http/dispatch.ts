/**
 * Turns the table of routes into an Express application. Each request goes the same way: request id → path → method
 * → who is it → may it → body → handler → audit → answer; each failure ends in the one place that writes outcomes.
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Caller } from '../access/caller';
import { readBreakGlass, type ReadRestriction } from '../access/policy';
import type { TokenVerifier } from '../access/verify-token';
import { responseFormat } from '../fhir/media-type';
import { operationOutcome } from '../fhir/operation-outcome';
import type { AnyResource } from '../fhir/types';
import { meansDatabaseAway } from '../platform/postgres';
import { describeError, type Logger } from '../platform/logger';
import type { ReadBody } from './body';
import { type Answer, type Exchange, type Format, type HttpFailure, Refused, refused } from './exchange';
import type { RateLimit } from './middleware/rate-limit';
import type { Uploads } from './middleware/uploads';
import { correlationIdOf, preferencesOf, queryOf, requestIdOf } from './request-head';
import { respond } from './respond';
import type { Route } from './route';
import { statusOf } from './status';
import { clientCertificateOf } from './tls';

export interface DispatchOptions {
  routes: readonly Route[];
  verify: TokenVerifier['verify'];
  readBody: ReadBody;
  baseUrl: () => string;
  log: Logger;
  /** Called before each answer to a caller that the audit trail is to know of; the answer waits for it. */
  audit: (route: Route | undefined, exchange: Exchange, answer: { status: number }) => Promise<void>;
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

/** Longer than any address that this server makes: a cursor has 16,000 characters at most. */
const MAX_URL_LENGTH = 20_000;

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
    fail(error, request, response, options, undefined, undefined),
  );
  return app;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

async function serve(
  request: Request,
  response: Response,
  routes: readonly Route[],
  options: DispatchOptions,
): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const route = routes.find((each) => each.method === (request.method === 'HEAD' ? 'GET' : request.method));
  let exchange: Exchange | undefined;
  let release = (): void => undefined;
  try {
    if (request.originalUrl.length > MAX_URL_LENGTH) throw tooLong();
    exchange = exchangeOf(request, response, options);
    await admit(request, route, routes, exchange, options);
    release = uploadPlace(route, exchange, options);
    const answer = await answerOf(request, route!, exchange, options);
    if (route?.audit) await options.audit(route, exchange, answer);
    respond(response, answer, renderingOf(request, exchange));
  } catch (error) {
    await fail(error, request, response, options, exchange, route);
  } finally {
    release();
  }
  options.log.info({
    requestId: response.locals.requestId,
    method: request.method,
    route: route?.path,
    status: response.statusCode,
    ms: Math.round(Number(process.hrtime.bigint() - startedAt) / 1e4) / 100,
    submissionId: exchange?.audit.submissionId,
  });
}

/** Is there such a path, who is it, and may they: whatever can be refused before the body is read. */
async function admit(
  request: Request,
  route: Route | undefined,
  routes: readonly Route[],
  exchange: Exchange,
  options: DispatchOptions,
): Promise<void> {
  if (!route) {
    countRequest(`address ${exchange.address ?? ''}`, options);
    throw routes.length === 0 ? noSuchPath() : noSuchMethod(routes);
  }
  if (route.access.kind === 'open') {
    if (route.isProbe !== true) countRequest(`address ${exchange.address ?? ''}`, options);
  } else {
    const caller = await authenticate(request, exchange, options);
    exchange.caller = caller;
    countRequest(`client ${caller.issuer} ${caller.clientId}`, options);
    exchange.reach = options.reach(caller, readBreakGlass(headerOf(request, 'x-break-glass')));
    if (exchange.reach.kind === 'all' && exchange.reach.breakGlass !== undefined)
      exchange.audit.breakGlass = exchange.reach.breakGlass;
  }
  if (route.access.kind === 'scope') {
    const { type, interaction } = route.access;
    const named = type === ':type' ? (exchange.path.type ?? '') : type;
    if (!exchange.caller?.scopes.allows(named, interaction)) {
      throw refused('forbidden', {
        code: 'forbidden',
        rule: 'http-scope',
        text: `The token’s scopes do not allow this; it takes system/${shown(named)}.${interaction}.`,
      });
    }
  }
}

async function answerOf(
  request: Request,
  route: Route,
  exchange: Exchange,
  options: DispatchOptions,
): Promise<Answer> {
  if (route.produces === 'fhir' && formatOf(request, exchange) === undefined) {
    throw refused('not-acceptable', {
      code: 'not-supported',
      rule: 'http-accept',
      text: 'Nothing in Accept (or _format) can be answered; application/fhir+json and application/fhir+xml can.',
    });
  }
  return route.handler(exchange, route.body ? await options.readBody(request) : Buffer.alloc(0));
}

/** What stands in a path is not told back unless it looks like the name of a type. */
const shown = (type: string): string => (/^[A-Z][A-Za-z]{0,63}$/.test(type) ? type : '<Type>');

function countRequest(key: string, { rateLimit }: DispatchOptions): void {
  const seconds = rateLimit.count(key);
  if (seconds > 0)
    throw throttled(
      'http-rate',
      'More requests than this server takes from one client in a minute; wait as Retry-After says.',
      seconds,
    );
}

function uploadPlace(
  route: Route | undefined,
  { caller }: Exchange,
  { uploads }: DispatchOptions,
): () => void {
  if (route?.body !== 'fhir' || !caller) return () => undefined;
  const release = uploads.begin(`${caller.issuer} ${caller.clientId}`);
  if (release) return release;
  throw throttled(
    'http-uploads',
    'This client is sending as much at once as this server takes from one; wait for an answer before sending more.',
    1,
  );
}

function throttled(rule: string, text: string, seconds: number): Refused {
  return refused('throttled', { code: 'throttled', rule, text }, { 'Retry-After': String(seconds) });
}

const tooLong = (): Refused =>
  refused('uri-too-long', {
    code: 'too-long',
    rule: 'http-url-too-long',
    text: `The URL is longer than ${MAX_URL_LENGTH} characters; send a long search as POST <Type>/_search.`,
  });

const noSuchPath = (): Refused =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-path',
    text: 'There is nothing at this path; the API’s paths are in /openapi.json.',
  });

function noSuchMethod(routes: readonly Route[]): Refused {
  const allow = [
    ...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
  ].join(', ');
  return refused(
    'method-not-allowed',
    { code: 'not-supported', rule: 'http-method', text: `This path offers ${allow}.` },
    { Allow: allow },
  );
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
    query: queryOf(request.originalUrl),
    ...(request.ip === undefined ? {} : { address: request.ip.replace(/^::ffff:/, '') }),
    caller: undefined,
    reach: { kind: 'all' },
    prefer: preferencesOf(request),
    log: options.log,
    now: options.now(),
    audit: { patients: new Set(), nhsNumbers: new Set(), resources: [] },
  };
}

function formatOf(request: Request, exchange: Exchange | undefined): Format | undefined {
  const wished = exchange?.query.find(([name]) => name === '_format')?.[1];
  return responseFormat(request.headers.accept, wished)?.format;
}

function renderingOf(
  request: Request,
  exchange: Exchange | undefined,
): { format: Format; pretty: boolean; withBody: boolean } {
  return {
    format: formatOf(request, exchange) ?? 'json',
    pretty: exchange?.query.some(([name, value]) => name === '_pretty' && value !== 'false') ?? false,
    withBody: request.method !== 'HEAD',
  };
}

/** The one place where a failure becomes an answer. What was not foreseen is logged, and answered with a fixed sentence. */
async function fail(
  error: unknown,
  request: Request,
  response: Response,
  options: DispatchOptions,
  exchange: Exchange | undefined,
  route: Route | undefined,
): Promise<void> {
  if (request.destroyed && !request.complete) {
    response.destroy();
    return;
  }
  let failure = failureOf(error, options.log, String(response.locals.requestId));
  const status = (): number => statusOf[failure.category];
  try {
    if (exchange && route?.audit && status() !== 503)
      await options.audit(route, exchange, { status: status() });
  } catch (auditError) {
    failure = failureOf(auditError, options.log, String(response.locals.requestId));
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
      ...(exchange?.audit.submissionId === undefined
        ? {}
        : { 'X-Submission-ID': exchange.audit.submissionId }),
      ...failure.headers,
    },
  };
  respond(response, answer, renderingOf(request, exchange));
}

function failureOf(error: unknown, log: Logger, requestId: string): HttpFailure {
  if (error instanceof Refused) return error.failure;
  if (meansDatabaseAway(error)) {
    log.warn({ requestId, err: describeError(error) }, 'the database is away');
    return {
      category: 'unavailable',
      issues: [
        {
          severity: 'error',
          code: 'transient',
          rule: 'http-unavailable',
          text: 'The database is away for the moment. Send the very same request again shortly: a submission that was stored after all is answered as a resend, and never stored twice.',
        },
      ],
    };
  }
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 400) {
    return {
      category: 'bad-request',
      issues: [
        {
          severity: 'error',
          code: 'invalid',
          rule: 'http-url',
          text: 'The URL has an escape that is not UTF-8 text.',
        },
      ],
    };
  }
  log.error({ requestId, err: describeError(error) }, 'an exception: a fault of ours');
  return {
    category: 'exception',
    issues: [
      {
        severity: 'fatal',
        code: 'exception',
        rule: 'http-exception',
        text: 'Something went wrong here that is not your fault; the request id finds it in our logs.',
      },
    ],
  };
}
