/**
 * `/submissions`: everything that was received, accepted or refused, for auditors and reviewers; the very bytes, what
 * was answered, and the marks of those who have looked. @see contract «Auditing»
 */
import {
  cursorOf,
  describeSubmission,
  entryOf,
  markReviewed,
  type Marking,
  readCursor,
} from '../../../use-cases/auditing/submission-register';
import type { Patients } from '../../../definitions/patients';
import { operationOutcome } from '../../../fhir/operation-outcome';
import type { AnyResource } from '../../../fhir/types';
import { bucketOf, isUuid, type NewId } from '../../../platform/ids';
import type { Database } from '../../../platform/postgres';
import { rawBytes } from '../../../use-cases/reading/raw';
import {
  listSubmissions,
  readSubmissionWhole,
  type RegisterQuery,
  type WholeSubmission,
} from '../../../engines/store/submission-register';
import { type Answer, type RequestContext, refused } from '../request-context';
import { tooCostly } from './fitting';
import {
  badParameter,
  howManyFit,
  limitParameter,
  type ListParameters,
  NHS_NUMBER_IS_RIGHT,
  nhsNumberIn,
  readParameters,
  spanParameters,
} from './list-parameters';

export interface SubmissionsDependencies {
  database: Database;
  patients: Pick<Patients, 'type' | 'idOf'>;
  newId: NewId;
  /** For review marks: the proof that the server wrote them. */
  auditKey: Buffer;
  ledger: { witness: Marking['witness'] };
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
/** `client:` and the longest client id. */
const MAX_SENDER_LENGTH = 7 + 256;

export async function listOfSubmissions(
  context: RequestContext,
  d: SubmissionsDependencies,
): Promise<Answer> {
  const query = {
    limit: DEFAULT_LIMIT,
    ...readParameters('submissions', context.query, parameters, d),
  };
  const found = await listSubmissions(d.database, { ...query, limit: query.limit + 1 });
  const entries = found.slice(0, query.limit).map((each) => entryOf(each, context.fhirBase, d.patients.type));
  const page = found.slice(0, howManyFit(sizesOf(entries), context.maxAnswerBytes));
  const last = page.at(-1);
  for (const { id, patients, nhsNumber } of page) {
    context.audit.resources.push(`Bundle/${id}`);
    for (const patient of patients) context.audit.patients.add(patient);
    if (nhsNumber !== null) context.audit.nhsNumbers.add(nhsNumber);
  }
  return asJson({
    submissions: entries.slice(0, page.length),
    next: found.length > page.length && last ? cursorOf(last) : null,
  });
}

function* sizesOf(entries: readonly object[]): Generator<number> {
  for (const entry of entries) yield Buffer.byteLength(JSON.stringify(entry));
}

export async function oneSubmission(context: RequestContext, d: SubmissionsDependencies): Promise<Answer> {
  const id = idOf(context);
  const found = id && (await describeSubmission(d.database, id, context.fhirBase, d.patients.type));
  if (!found) throw unknown();
  disclose(context, found.whole);
  return asJson(found.description);
}

export async function rawSubmission(context: RequestContext, d: SubmissionsDependencies): Promise<Answer> {
  const whole = await wholeOf(context, d);
  if (whole.size > context.maxAnswerBytes) throw tooCostly(context);
  const raw = await rawBytes(d.database, whole.id);
  if (!raw) throw unknown();
  const extension = /xml/i.test(raw.contentType) ? 'xml' : /json/i.test(raw.contentType) ? 'json' : 'bin';
  return {
    status: 200,
    headers: {
      'Content-Disposition': `attachment; filename="${whole.id}.${extension}"`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Repr-Digest': `sha-256=:${whole.sha256.toString('base64')}:`,
    },
    bytes: { contentType: safeContentType(raw.contentType), body: raw.bytes },
  };
}

export async function outcomeOfSubmission(
  context: RequestContext,
  d: SubmissionsDependencies,
): Promise<Answer> {
  const { issues } = await wholeOf(context, d);
  return { status: 200, resource: operationOutcome(issues) as unknown as AnyResource };
}

export async function reviewSubmission(
  context: RequestContext,
  body: Buffer,
  d: SubmissionsDependencies,
): Promise<Answer> {
  const whole = await wholeOf(context, d);
  const mark = await markReviewed(d.database, {
    submissionId: whole.id,
    caller: context.caller!,
    ...reviewIn(context, body),
    id: d.newId(bucketOf(whole.id), context.now.getTime()),
    now: context.now,
    key: d.auditKey,
    witness: d.ledger.witness,
  });
  if (!mark) throw noNote();
  return { ...asJson(mark), status: 201 };
}

async function wholeOf(context: RequestContext, d: SubmissionsDependencies): Promise<WholeSubmission> {
  const id = idOf(context);
  const whole = id && (await readSubmissionWhole(d.database, id));
  if (!whole) throw unknown();
  disclose(context, whole);
  return whole;
}

function disclose({ audit }: RequestContext, { id, patients, nhsNumber }: WholeSubmission): void {
  audit.resources.push(`Bundle/${id}`);
  for (const patient of patients) audit.patients.add(patient);
  if (nhsNumber !== null) audit.nhsNumbers.add(nhsNumber);
}

function idOf({ path }: RequestContext): string | undefined {
  return isUuid(path.id ?? '') ? path.id!.toLowerCase() : undefined;
}

/** ODS codes are stored in capitals; a client's id is taken as it is. */
const senderAsked = (value: string): string =>
  value.startsWith('client:') ? value : value.trim().toUpperCase();

const parameters: ListParameters<RegisterQuery, SubmissionsDependencies> = {
  status: {
    right: '`accepted` or `refused`',
    read: (value) => (value === 'accepted' || value === 'refused' ? { status: value } : undefined),
  },
  sender: {
    right: 'the ODS code of the sender, or client:<client id> for a client without one',
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
    right: 'the `next` of the page before',
    read: (value) => {
      const before = readCursor(value);
      return before && { before };
    },
  },
  limit: limitParameter(MAX_LIMIT),
};

/** What each state of a review asks for. */
const reviews: Readonly<Record<string, Partial<RegisterQuery>>> = {
  open: { isOpen: true },
  closed: { isClosed: true },
  true: { review: true },
  false: { review: false },
};

/** What a reviewer says: a note, and whether the review is closed with it or opened again. */
function reviewIn({ request }: RequestContext, body: Buffer): { note: string; closed?: boolean } {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw refused('unsupported-media-type', {
      code: 'not-supported',
      rule: 'http-content-type',
      text: 'The Content-Type of a review should be application/json.',
    });
  }
  let read: unknown;
  try {
    read = JSON.parse(body.toString('utf8'));
  } catch {
    throw noNote();
  }
  const { note, closed } = (read ?? {}) as { note?: unknown; closed?: unknown };
  if (typeof note !== 'string' || note.length > 4000) throw noNote();
  if (closed === undefined) return { note };
  if (typeof closed !== 'boolean') throw noNote();
  return { note, closed };
}

const noNote = (): Error =>
  badParameter(
    'submissions-review',
    'A review should be a JSON object with a `note` of 1 to 4000 characters. It may have `closed`: true closes the review, false opens it again.',
  );

const unknown = (): Error =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no submission with this id.',
  });

const asJson = (value: object): Answer => ({
  status: 200,
  bytes: { contentType: 'application/json; charset=utf-8', body: Buffer.from(`${JSON.stringify(value)}\n`) },
});

/** What the sender named, unless it could break the header or be taken for a page. */
function safeContentType(contentType: string): string {
  const fits = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w.+-]+=("[\w .+-]*"|[\w.+-]+))*$/.test(contentType);
  return fits && !/html|svg|javascript|ecmascript/i.test(contentType)
    ? contentType
    : 'application/octet-stream';
}
