/**
 * What a handler sees of a request and what it gives back: values, so that no handler touches a socket.
 */
import type { Request } from 'express';
import type { Caller } from '../../engines/access/caller';
import type { ReadRestriction } from '../../engines/access/policy';
import type { FailureCategory, Issue } from '../../fhir/issue';
import type { AnyResource } from '../../fhir/types';
import type { Logger } from '../../platform/logger';
import type { Answered, Failure } from '../../use-cases/call/answered';
import type { NotesGiven, RequestNotes } from './request-notes';

export type Format = 'json' | 'xml';

/** One request on its way through: what the middleware found out before the handler runs. */
export interface RequestContext {
  request: Request;
  requestId: string;
  /** The origin for links, without a trailing slash. */
  baseUrl: string;
  /** `<origin>/FHIR/R4` */
  fhirBase: string;
  path: Readonly<Record<string, string>>;
  /** The parameters: of the URL and, where the route takes them so, of the body. */
  query: readonly (readonly [string, string])[];
  /** Present on every route that is not open to all. */
  caller: Caller | undefined;
  /** Whose data the caller may read, as the site's policy has it. */
  reach: ReadRestriction;
  /** Where the request comes from; behind a trusted proxy, where that one says. */
  address?: string;
  prefer: Preferences;
  log: Logger;
  now: Date;
  /** The most bytes that the answer may have. */
  maxAnswerBytes: number;
  /** Ends when the caller has gone: nobody takes the answer any more. */
  gone: AbortSignal;
  /** Asks again who calls and what they may see, where it is a second since. @throws Refused where they may not any more */
  admitAgain?: () => Promise<void>;
  /** Counts one part of a batch as a request of its own. @throws Refused where it is one too many */
  countPart?: () => void;
  /** What is known of the request for its audit record and its log line, beside what it discloses. */
  notes: RequestNotes;
  /** Adds to it. */
  note: (given: NotesGiven) => void;
}

export interface Preferences {
  return?: 'minimal' | 'representation' | 'OperationOutcome';
  handling?: 'strict' | 'lenient';
}

/** What goes back: a resource (or its ready JSON text), other JSON, bytes, or nothing. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** A FHIR resource, written in the format the caller accepts. */
  resource?: AnyResource;
  /** The same, already JSON text as it goes out. */
  json?: string;
  /** Anything else: bytes with their own media type. */
  bytes?: { contentType: string; body: Buffer };
  /** Bytes that are read while they are sent: by themselves, or as base64 in the `data` of `resource`. */
  stream?: ByteStream;
  /** What is answered where this would be larger than an answer may be; 403 unless given. */
  otherwise?: Answer;
}

/** Bytes that lie elsewhere, however many: nobody holds them all. */
export interface ByteStream {
  contentType: string;
  size: number;
  /** In their order; all but the last have a length that base64 can be cut at (a multiple of three). */
  pieces: () => AsyncIterable<Buffer>;
}

/** A failure on its way out: a use case's, or one of HTTP itself. */
export interface HttpFailure extends Failure {
  headers?: Record<string, string>;
}

/** What a handler gives back: the answer or a failure, and what was disclosed. No answer goes out without it. */
export type Reply = Answered<Answer, HttpFailure>;

/**
 * Thrown where a request cannot be read as what it should be: by middleware, and by what translates it into the call of
 * a use case. It is caught once, in `dispatch.ts`; of a batch's entry, in `handlers/batch.ts`.
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
