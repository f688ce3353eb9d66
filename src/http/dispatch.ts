/**
 * Turns the table of routes into an Express application. Each request goes the same way: request id → path → method
 * → who is it → may it → body → handler → audit → answer; each failure ends in the one place that writes outcomes.
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { TokenVerifier } from '../access/verify-token';
import { responseFormat } from '../fhir/media-type';
import { operationOutcome } from '../fhir/operation-outcome';
import type { AnyResource } from '../fhir/types';
import { meansDatabaseAway } from '../platform/postgres';
import { describeError, type Logger } from '../platform/logger';
import type { ReadBody } from './body';
import { type Answer, type Exchange, type Format, type HttpFailure, Refused, refused } from './exchange';
import { correlationIdOf, preferencesOf, queryOf, requestIdOf } from './request-head';
import { respond } from './respond';
import type { Route } from './route';
import { statusOf } from './status';

export interface DispatchOptions {
  routes: readonly Route[];
  verify: TokenVerifier['verify'];
  readBody: ReadBody;
  baseUrl: () => string;
  log: Logger;
  /** Called before each answer to a caller that the audit trail is to know of; the answer waits for it. */
  audit: (route: Route | undefined, exchange: Exchange, answer: { status: number }) => Promise<void>;
  /** Middleware that comes before everything: limits, CORS. */
  before?: readonly express.RequestHandler[];
  now: () => Date;
}

/** Headers that every answer carries. @see OWASP REST Security Cheat Sheet */
const everyAnswer: Record<string, string> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export function dispatch(options: DispatchOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', () => ({}));
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use((request: Request, response: Response, next: NextFunction) => {
    for (const [name, value] of Object.entries(everyAnswer)) response.setHeader(name, value);
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
  try {
    exchange = exchangeOf(request, response, options);
    const answer = await answerOf(request, route, routes, exchange, options);
    if (route?.audit) await options.audit(route, exchange, answer);
    respond(response, answer, renderingOf(request, exchange));
  } catch (error) {
    await fail(error, request, response, options, exchange, route);
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

async function answerOf(
  request: Request,
  route: Route | undefined,
  routes: readonly Route[],
  exchange: Exchange,
  options: DispatchOptions,
): Promise<Answer> {
  if (!route && routes.length === 0) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-path',
      text: 'There is nothing at this path; the API’s paths are in /openapi.json.',
    });
  }
  if (!route) {
    const allow = [
      ...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
    ];
    throw refused(
      'method-not-allowed',
      { code: 'not-supported', rule: 'http-method', text: `This path offers ${allow.join(', ')}.` },
      { Allow: allow.join(', ') },
    );
  }
  if (route.access.kind !== 'open') exchange.caller = await authenticate(request, options);
  if (route.access.kind === 'scope') {
    const { type, interaction } = route.access;
    const named = type === ':type' ? (exchange.path.type ?? '') : type;
    if (!exchange.caller?.scopes.allows(named, interaction)) {
      throw refused('forbidden', {
        code: 'forbidden',
        rule: 'http-scope',
        text: `The token’s scopes do not allow this; it takes system/${named}.${interaction}.`,
      });
    }
  }
  if (route.produces === 'fhir' && formatOf(request, exchange) === undefined) {
    throw refused('not-acceptable', {
      code: 'not-supported',
      rule: 'http-accept',
      text: 'Nothing in Accept (or _format) can be answered; application/fhir+json and application/fhir+xml can.',
    });
  }
  return route.handler(exchange, route.body ? await options.readBody(request) : Buffer.alloc(0));
}

async function authenticate(
  request: Request,
  options: DispatchOptions,
): Promise<NonNullable<Exchange['caller']>> {
  const verified = await options.verify(request.headers.authorization);
  if (verified.ok) {
    const organisation = request.headers['nhsd-end-user-organisation-ods'];
    return typeof organisation === 'string' && /^[A-Za-z0-9]{1,12}$/.test(organisation)
      ? { ...verified.caller, endUserOrganisation: organisation.toUpperCase() }
      : verified.caller;
  }
  const missing = verified.error === 'missing';
  throw refused(
    'unauthenticated',
    {
      code: missing ? 'login' : 'security',
      rule: missing ? 'http-no-token' : 'http-token',
      text: verified.text,
    },
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
    caller: undefined,
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
