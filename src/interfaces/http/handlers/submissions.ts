/**
 * `/submissions`: everything that was received, accepted or refused, for auditors and reviewers, with the original
 * bytes, the answer, and the review marks.
 * @see contract "Auditing"
 */
import type { AuditingDependencies } from '../../../use-cases/auditing/dependencies';
import { readCursor } from '../../../use-cases/auditing/submission-register';
import {
  listOfSubmissions as listed,
  noNote,
  outcomeOfSubmission as outcomeOf,
  rawSubmission as rawOf,
  type RawSubmission,
  type Review,
  reviewSubmission as reviewed,
} from '../../../use-cases/auditing/submissions';
import { mapped } from '../../../use-cases/call/answered';
import type { Reader } from '../../../use-cases/call/reader';
import { operationOutcome } from '../../../fhir/operation-outcome';
import type { AnyResource } from '../../../fhir/types';
import type { RegisterQuery } from '../../../engines/store/submission-register';
import { type Answer, type Reply, type RequestContext, Refused, refused } from '../request-context';
import { safeContentType } from '../safe-content-type';
import { asJson } from './as-json';
import {
  limitParameter,
  type ListParameters,
  NHS_NUMBER_IS_RIGHT,
  nhsNumberIn,
  readParameters,
  spanParameters,
} from './list-parameters';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
/** `client:` and the longest client id. */
const MAX_SENDER_LENGTH = 7 + 256;

export async function listOfSubmissions(
  { query }: RequestContext,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  const asked = readParameters('submissions', query, parameters, auditing);
  return mapped(await listed(reader, { limit: DEFAULT_LIMIT, ...asked }, auditing), asJson);
}

export async function rawSubmission(
  { path: { id = '' } }: RequestContext,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  return mapped(await rawOf(reader, id, auditing), rawAnswer);
}

/** By media type. */
const EXTENSIONS: readonly (readonly [RegExp, string])[] = [
  [/xml/i, 'xml'],
  [/json/i, 'json'],
  [/hl7-v2/i, 'hl7'],
];

/** The received bytes, as a file to download. */
export function rawAnswer(raw: RawSubmission): Answer {
  const extension = EXTENSIONS.find(([type]) => type.test(raw.contentType))?.[1] ?? 'bin';
  return {
    status: 200,
    headers: {
      'Content-Disposition': `attachment; filename="${raw.id}.${extension}"`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Repr-Digest': `sha-256=:${raw.sha256.toString('base64')}:`,
    },
    bytes: { contentType: safeContentType(raw.contentType), body: raw.bytes },
  };
}

export async function outcomeOfSubmission(
  { path: { id = '' } }: RequestContext,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  return mapped(await outcomeOf(reader, id, auditing), (issues) => ({
    status: 200,
    resource: operationOutcome(issues) as unknown as AnyResource,
  }));
}

export async function reviewSubmission(
  context: RequestContext,
  body: Buffer,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  const { id = '' } = context.path;
  const result = await reviewed(reader, id, reviewIn(context, body), auditing);
  return mapped(result, (mark) => ({ ...asJson(mark), status: 201 }));
}

/**
 * The sender to search for. ODS codes are stored in capitals. A client's id (`client:…`) and an unknown sender of another
 * interface (`hl7v2:RPM|TRUST`, `mesh:X26ABC1`) are used as they are.
 */
const senderAsked = (value: string): string => (value.includes(':') ? value : value.trim().toUpperCase());

const parameters: ListParameters<RegisterQuery, AuditingDependencies> = {
  status: {
    right: '`accepted` or `refused`',
    read: (value) => (value === 'accepted' || value === 'refused' ? { status: value } : undefined),
  },
  sender: {
    right: 'the ODS code of the sender, or client:<client id> for a client without an ODS code',
    read: (value) =>
      value === '' || value.length > MAX_SENDER_LENGTH ? undefined : { sender: senderAsked(value) },
  },
  'nhs-number': {
    right: NHS_NUMBER_IS_RIGHT,
    read: (value, d) => {
      const digits = nhsNumberIn(value);
      return digits === undefined
        ? undefined
        : { patient: { nhsNumber: digits, id: d.patients.idOf(digits) } };
    },
  },
  ...spanParameters,
  review: {
    right: '`open`, `closed`, `true` or `false`',
    read: (value) => (Object.hasOwn(reviews, value) ? reviews[value] : undefined),
  },
  cursor: {
    right: 'the `next` of the previous page',
    read: (value) => {
      const before = readCursor(value);
      return before && { before };
    },
  },
  limit: limitParameter(MAX_LIMIT),
};

/** The query for each state of a review. */
const reviews: Readonly<Record<string, Partial<RegisterQuery>>> = {
  open: { isOpen: true },
  closed: { isClosed: true },
  true: { review: true },
  false: { review: false },
};

/** Reads a review: a note, and whether it closes the review or opens it again. */
function reviewIn({ request }: RequestContext, body: Buffer): Review {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw refused('unsupported-media-type', {
      code: 'not-supported',
      rule: 'http-content-type',
      text: 'The Content-Type of a review is not supported. Send application/json.',
    });
  }
  let read: unknown;
  try {
    read = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refused(noNote().failure);
  }
  const { note, closed } = (read ?? {}) as { note?: unknown; closed?: unknown };
  if (typeof note !== 'string' || note.length > 4000) throw new Refused(noNote().failure);
  if (closed === undefined) return { note };
  if (typeof closed !== 'boolean') throw new Refused(noNote().failure);
  return { note, closed };
}
