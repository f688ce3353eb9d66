/** One request on its way, what it holds until it is answered, and what `dispatch.ts` is given to serve it with. */
import type { Request, RequestHandler } from 'express';
import type { Caller } from '../../engines/access/caller';
import type { ReadRestriction } from '../../engines/access/policy';
import type { TokenVerifier } from '../../engines/access/verify-token';
import type { Patients } from '../../definitions/patients';
import type { Logger } from '../../platform/logger';
import type { Disclosed } from '../../use-cases/call/disclosed';
import type { AuditedAnswer, AuditedRequest } from './audit-facts-of';
import type { Bodies } from './body';
import type { Hold, InFlight } from './in-flight';
import type { RateLimit } from './middleware/rate-limit';
import type { Uploads } from './middleware/uploads';
import type { RequestContext } from './request-context';
import type { Route } from './route';

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
  audit: (asked: AuditedRequest, answer: AuditedAnswer) => Promise<void>;
  /** Called when a request comes that will be audited; what it returns, when that is answered. */
  expectAudit: () => () => void;
  /** Middleware that comes before everything, such as CORS. */
  before?: readonly RequestHandler[];
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

/** One request on its way, and what it holds until it is answered. */
export interface RequestInProgress {
  request: Request;
  context: RequestContext;
  options: DispatchOptions;
  /** Whose words its failure is answered in. */
  inWordsOf: 'fhir' | 'oauth';
  /** The bytes of its body. */
  received: Hold;
  /** When it was last asked who calls, in milliseconds since 1970. */
  admittedAt: number;
  /** The body, as far as it has been read; absent until the reading begins. */
  body?: Buffer;
  /** How many there were, once the body was read. */
  bytes?: number;
  /** The memory that it is worked on in. */
  working?: Hold;
  /** What its handler disclosed, or of a failure whom it was about. */
  disclosed: Disclosed;
}
