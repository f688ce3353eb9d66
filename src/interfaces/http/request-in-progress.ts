/** One request in progress, what it holds until it is answered, and the dependencies of `dispatch.ts`. */
import type { Request, RequestHandler } from 'express';
import type { Caller } from '../../engines/access/caller';
import type { Person } from '../../engines/access/people/person';
import type { ReadRestriction } from '../../engines/access/policy';
import type { TokenVerifier } from '../../engines/access/verify-token';
import type { Patients } from '../../definitions/patients';
import type { Logger } from '../../platform/logger';
import type { AnsweredRequest } from '../../platform/metrics/metrics';
import type { Tracing } from '../../platform/tracing';
import type { Disclosed } from '../../use-cases/call/disclosed';
import type { AuditedAnswer, AuditedRequest } from './audit-facts-of';
import type { Bodies, ReceivedHold } from './body';
import type { Hold, InFlight } from '../../platform/in-flight';
import type { RateLimit } from './middleware/rate-limit';
import type { Uploads } from './middleware/uploads';
import type { Answer, HttpFailure, RequestContext } from './request-context';
import type { FaultFormat, Route } from './route';

export interface DispatchOptions {
  routes: readonly Route[];
  verify: TokenVerifier['verify'];
  bodies: Bodies;
  /** The memory for processing requests. */
  work: InFlight;
  maxAnswerBytes: number;
  patients: Pick<Patients, 'nhsNumbersIn'>;
  baseUrl: () => string;
  log: Logger;
  /** Called before each answer that the audit trail must record; the answer waits for it. */
  audit: (asked: AuditedRequest, answer: AuditedAnswer) => Promise<void>;
  /** Called when a request arrives that will be audited. Returns the function to call when it is answered. */
  expectAudit: () => () => void;
  /** Middleware that runs first, such as CORS. */
  before?: readonly RequestHandler[];
  /** The headers of every answer. */
  headers: Readonly<Record<string, string>>;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: readonly string[];
  rateLimit: RateLimit;
  uploads: Uploads;
  /** Whose data the caller may read, by the site's policy. */
  reach: (caller: Caller, breakGlass: string | undefined) => ReadRestriction;
  now: () => Date;
  /** Called with each request that was answered, for the metrics. */
  onAnswered?: ((request: AnsweredRequest) => void) | undefined;
  tracing: Tracing;
  people: People;
}

/** What the pages for people add to a request. */
export interface People {
  /** The person who is signed in, by the request's cookie. */
  personOf(request: Request): Promise<Person | undefined>;
  /** A failure as a page, or the way to the sign-in page. */
  failurePage(failure: HttpFailure, context: RequestContext): Promise<Answer>;
}

/** One request in progress, and what it holds until it is answered. */
export interface RequestInProgress {
  request: Request;
  context: RequestContext;
  options: DispatchOptions;
  /** The format of its failures. */
  inWordsOf: FaultFormat;
  /** The memory reserved for its body. */
  received: ReceivedHold;
  /** When the caller was last checked, in milliseconds since 1970. */
  admittedAt: number;
  /** The body as far as it has been read; absent before reading begins. */
  body?: Buffer;
  /** The size of the body in bytes, after it was read. */
  bytes?: number;
  /** The memory reserved for processing it. */
  working?: Hold;
  /** What its handler disclosed; for a failure, the patients that it was about. */
  disclosed: Disclosed;
}
