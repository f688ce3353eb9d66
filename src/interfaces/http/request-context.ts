/**
 * The input and the result of a handler, as values: no handler uses a socket.
 */
import type { Request } from 'express';
import type { Caller } from '../../engines/access/caller';
import type { Person } from '../../engines/access/people/person';
import type { ReadRestriction } from '../../engines/access/policy';
import type { FailureCategory, Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import type { Logger } from '../../platform/logger';
import type { Answered, Failure } from '../../use-cases/call/answered';
import type { NotesGiven, RequestNotes } from './request-notes';

export type Format = 'json' | 'xml';

/** One request, with what the steps before the handler have found out. */
export interface RequestContext {
  request: Request;
  requestId: string;
  /** The origin for links, without a trailing slash. */
  baseUrl: string;
  /** `<origin>/FHIR/R4` */
  fhirBase: string;
  path: Readonly<Record<string, string>>;
  /** The parameters of the URL and, if the route accepts them there, of the body. */
  query: readonly (readonly [string, string])[];
  /** Present on every route that needs a token. */
  caller: Caller | undefined;
  /** The person who is signed in, on the routes of the pages. */
  person?: Person;
  /** Whose data the caller may read, by the site's policy. */
  reach: ReadRestriction;
  /** The same for a request that writes, for which a reason in `X-Break-Glass` opens nothing. */
  reachToWrite: ReadRestriction;
  /** The address of the caller; behind a trusted proxy, the address that the proxy gives. */
  address?: string;
  prefer: Preferences;
  log: Logger;
  now: Date;
  /** The most bytes that the answer may have. */
  maxAnswerBytes: number;
  /** Aborted when the caller has disconnected. */
  gone: AbortSignal;
  /**
   * Checks the caller and its rights again if a second has passed since.
   * @throws Refused when the caller has lost them
   */
  admitAgain?: () => Promise<void>;
  /** Counts one part of a batch as a request. @throws Refused when it exceeds the limit */
  countPart?: () => Promise<void>;
  /** Facts for the audit record and the log line of the request, beside what it discloses. */
  notes: RequestNotes;
  /** Adds facts to the notes. */
  note: (given: NotesGiven) => void;
}

export interface Preferences {
  return?: 'minimal' | 'representation' | 'OperationOutcome';
  handling?: 'strict' | 'lenient';
}

/** The answer: a resource (or its JSON text), other JSON, bytes, or nothing. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** The values of `Set-Cookie`. */
  cookies?: readonly string[];
  /** A FHIR resource, written in the format the caller accepts. */
  resource?: AnyResource;
  /** The same, already JSON text as it goes out. */
  json?: string;
  /** Anything else: bytes with their own media type. */
  bytes?: { contentType: string; body: Buffer };
  /** Bytes that are read while they are sent: directly, or as base64 in the `data` of `resource`. */
  stream?: ByteStream;
  /** A smaller answer to send when this one would exceed the limit; 403 unless given. */
  otherwise?: Answer;
}

/** Bytes that are read in pieces, so that they are never all in memory. */
export interface ByteStream {
  contentType: string;
  size: number;
  /**
   * In order. The length of each piece except the last is a multiple of three, so that each can be encoded as base64.
   */
  pieces: () => AsyncIterable<Buffer>;
}

/** A failure to answer: one of a use case, or one of HTTP itself. */
export interface HttpFailure extends Failure {
  headers?: Record<string, string>;
}

/** The result of a handler: the answer or a failure, and what it disclosed. Every answer must have it. */
export type Reply = Answered<Answer, HttpFailure>;

/**
 * Thrown when a request is invalid, by middleware and by the code that translates it into the call of a use case. It is
 * caught once, in `dispatch.ts`; for an entry of a batch, in `handlers/batch.ts`.
 */
export class Refused extends Error {
  constructor(readonly failure: HttpFailure) {
    super(failure.category);
    this.name = 'Refused';
  }
}

/** A failure of one issue. */
export function refused(
  category: FailureCategory,
  issue: Omit<Issue, 'severity'> & { severity?: Issue['severity'] },
  headers?: Record<string, string>,
): Refused {
  return new Refused({
    category,
    issues: [{ severity: 'error', ...issue }],
    ...(headers ? { headers } : {}),
  });
}
