/**
 * The register of submissions as plain JSON values for its readers, with review marks, and with cursors that never skip
 * or repeat an entry. @see contract "Auditing"
 */
import { isUuid } from '../../fhir/uuid';
import { createHmac } from 'node:crypto';
import type { Caller } from '../../engines/access/caller';
import type { Database } from '../../platform/postgres';
import {
  insertMark,
  listReadings,
  readSubmissionWhole,
  type ListedSubmission,
  type ReviewMark,
  type StoredVersionOf,
  type WholeSubmission,
} from '../../engines/store/submission-register';
import { cleanText } from './clean-text';

/** A submission in a list. */
export interface SubmissionEntry {
  id: string;
  status: 'accepted' | 'refused';
  sender: string;
  clientId: string;
  user?: string;
  receivedAt: string;
  door: string;
  httpStatus: number;
  sha256: string;
  size: number;
  contentType: string;
  bundleType?: string;
  nhsNumber?: string;
  patient?: string;
  /** Each patient concerned, where there are several. */
  patients?: string[];
  location?: string;
  replaces?: string;
  requestId?: string;
  /** The reasons for a review, and whether a reviewer has looked; absent when there is no reason. */
  review?: { reasons: string[]; reviewed: boolean; state: 'open' | 'closed' | 'none' };
}

export function entryOf(listed: ListedSubmission, fhirBase: string, patientType: string): SubmissionEntry {
  const given = <K extends string>(name: K, value: string | null): { [key in K]?: string } =>
    (value === null ? {} : { [name]: value }) as { [key in K]?: string };
  return {
    id: listed.id,
    status: listed.status,
    sender: listed.sender,
    clientId: listed.clientId,
    ...given('user', listed.userName),
    receivedAt: listed.receivedAt.toISOString(),
    door: listed.door,
    httpStatus: listed.httpStatus,
    sha256: listed.sha256.toString('hex'),
    size: listed.size,
    contentType: listed.contentType,
    ...given('bundleType', listed.bundleType),
    ...given('nhsNumber', listed.nhsNumber),
    ...given('patient', listed.patientId === null ? null : `${patientType}/${listed.patientId}`),
    ...(listed.patients.length > 1 ? { patients: listed.patients.map((id) => `${patientType}/${id}`) } : {}),
    ...given('location', listed.status === 'accepted' ? `${fhirBase}/Bundle/${listed.id}/_history/1` : null),
    ...given('replaces', listed.replaces),
    ...given('requestId', listed.requestId),
    ...(isForReview(listed) ? { review: reviewOf(listed) } : {}),
  };
}

/** Selects submissions that were refused, that have a reason for review, or that a reviewer has looked at. */
const isForReview = ({ status, review, reviewed }: ListedSubmission): boolean =>
  status === 'refused' || review.length > 0 || reviewed;

const reviewOf = (listed: ListedSubmission): NonNullable<SubmissionEntry['review']> => ({
  reasons: listed.review,
  reviewed: listed.reviewed,
  state: listed.closed ? 'closed' : isForReview(listed) ? 'open' : 'none',
});

/** One submission with everything that happened to it. */
export interface SubmissionDescription extends Omit<SubmissionEntry, 'review'> {
  replacedBy?: string;
  outcome: {
    errors: number;
    warnings: number;
    information: number;
    issues: { severity: string; rule: string; text: string; expression?: string }[];
  };
  repairs: unknown[];
  stored: StoredVersionOf[];
  withdrawn: StoredVersionOf[];
  review: NonNullable<SubmissionEntry['review']> & { marks: MarkText[] };
  /** Who has been shown what it stored, newest first. */
  readBy: ReadBy[];
  /** Months since it was received whose audit records are outside of the database, so that `readBy` lacks them. */
  readByOutside?: readonly string[];
}

export interface ReadBy {
  at: string;
  action: string;
  interaction: string;
  clientId?: string;
  organisation?: string;
  endUserOrganisation?: string;
  user?: string;
  auditEvent: string;
}

/** A review mark as it is read. */
export interface MarkText {
  id: string;
  at: string;
  clientId: string;
  organisation?: string;
  user?: string;
  note: string;
  closed?: boolean;
}

/** Describes one submission with everything that happened to it. */
export async function describeSubmission(
  database: Database,
  id: string,
  fhirBase: string,
  patientType: string,
): Promise<{ whole: WholeSubmission; description: SubmissionDescription } | undefined> {
  const whole = await readSubmissionWhole(database, id);
  if (!whole) return undefined;
  const written = whole.stored.filter(({ written: each }) => each !== false);
  const readings = await listReadings(database, {
    resources: [`Bundle/${id}`, ...written.map((each) => `${each.type}/${each.id}`)],
    patient: whole.patientId === null ? undefined : `${patientType}/${whole.patientId}`,
    since: whole.receivedAt,
    limit: 100,
  });
  const count = (severity: string): number =>
    whole.issues.filter((issue) => issue.severity === severity).length;
  const entry = entryOf(whole, fhirBase, patientType);
  return {
    whole,
    description: {
      ...entry,
      ...(whole.replacedBy === null ? {} : { replacedBy: whole.replacedBy }),
      outcome: {
        errors: count('error') + count('fatal'),
        warnings: count('warning'),
        information: count('information'),
        issues: whole.issues.map(({ severity, rule, text, expression }) => ({
          severity,
          rule,
          text,
          ...(expression === undefined ? {} : { expression }),
        })),
      },
      repairs: whole.repairs,
      stored: whole.stored,
      withdrawn: whole.withdrawn,
      review: {
        ...reviewOf(whole),
        marks: whole.marks.map(markText),
      },
      readBy: readings.map(({ auditEvent, at, action, interaction, ...by }) => ({
        at: at.toISOString(),
        action,
        interaction,
        ...Object.fromEntries(Object.entries(by).filter(([, value]) => value !== null)),
        auditEvent: `${fhirBase}/AuditEvent/${auditEvent}`,
      })),
    },
  };
}

export interface Marking {
  submissionId: string;
  caller: Pick<Caller, 'clientId' | 'odsCode' | 'user'>;
  note: string;
  /** Closes the review, or opens it again; leaves it as it is unless given. */
  closed?: boolean;
  id: string;
  now: Date;
  /** The key that proves that this server wrote the mark. */
  key: Buffer;
  /** Remembers the mark that was written, so that it can be compared with the sealed one. */
  witness: { marked(row: Readonly<Record<string, unknown>>, xid: string): void };
}

/** Adds a review mark. @returns the mark as the reviewer reads it; undefined when the note is empty */
export async function markReviewed(database: Database, marking: Marking): Promise<object | undefined> {
  const note = cleanText(marking.note, 4000);
  if (note === undefined) return undefined;
  const mark: ReviewMark = {
    id: marking.id,
    reviewedAt: marking.now,
    clientId: marking.caller.clientId,
    organisation: marking.caller.odsCode ?? null,
    userName: cleanText(marking.caller.user?.name) ?? null,
    note,
    closed: marking.closed ?? null,
  };
  const proven = `${verbOf(mark)}${mark.id} ${marking.submissionId} ${note}`;
  const mac = createHmac('sha256', marking.key).update(proven).digest();
  const { row, xid } = await insertMark(database, marking.submissionId, mark, mac);
  marking.witness.marked(row, xid);
  return { ...markText(mark), submission: marking.submissionId };
}

/**
 * The effect of a mark on the review, in the words that its proof and the ledger use. @see
 * src/engines/ledger/read-records.ts
 */
const verbOf = ({ closed }: ReviewMark): string => (closed === null ? '' : closed ? 'closed ' : 'opened ');

function markText(mark: ReviewMark): MarkText {
  const { id, reviewedAt, clientId, organisation, userName, note, closed } = mark;
  return {
    id,
    at: reviewedAt.toISOString(),
    clientId,
    ...(organisation === null ? {} : { organisation }),
    ...(userName === null ? {} : { user: userName }),
    note,
    ...(closed === null ? {} : { closed }),
  };
}

/** The cursor where a page ended. It is only a position in the list, so it needs no secret. */
export function cursorOf({ receivedAt, id }: { receivedAt: Date; id: string }): string {
  return Buffer.from(`${receivedAt.getTime()}.${id}`).toString('base64url');
}

export function readCursor(text: string): { receivedAt: Date; id: string } | undefined {
  const [millis = '', id = ''] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  return /^\d{1,15}$/.test(millis) && isUuid(id) ? { receivedAt: new Date(Number(millis)), id } : undefined;
}
