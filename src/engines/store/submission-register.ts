/**
 * Reads and marks submissions for reviewers and auditors: lists by index ranges, one submission in full, and review
 * marks.
 */
import type { Issue } from '../../fhir/issue';
import { RowsNotWritten, type Queryable } from '../../platform/postgres';
import { PATIENTS_CONCERNED } from './submissions';

export interface ListedSubmission {
  id: string;
  status: 'accepted' | 'refused';
  sender: string;
  clientId: string;
  userName: string | null;
  door: string;
  receivedAt: Date;
  httpStatus: number;
  sha256: Buffer;
  size: number;
  contentType: string;
  requestId: string | null;
  bundleType: string | null;
  nhsNumber: string | null;
  patientId: string | null;
  /** Every patient concerned. */
  patients: string[];
  replaces: string | null;
  review: string[];
  reviewed: boolean;
  /** Whether the last mark that closes or opens its review has closed it. */
  closed: boolean;
}

export interface StoredVersionOf {
  /** The entry of the Bundle; absent for what was withdrawn. */
  index?: number;
  type: string;
  id: string;
  version: number;
  written?: boolean;
  created?: boolean;
  /** Set for a version that keeps newer content current: the submission that wrote the content. */
  contentOf?: string;
}

export interface WholeSubmission extends ListedSubmission {
  issues: Issue[];
  repairs: unknown[];
  stored: StoredVersionOf[];
  withdrawn: StoredVersionOf[];
  replacedBy: string | null;
  marks: ReviewMark[];
}

export interface ReviewMark {
  id: string;
  reviewedAt: Date;
  clientId: string;
  organisation: string | null;
  userName: string | null;
  note: string;
  /** True when it closed the review, false when it opened it again; null when it changed neither. */
  closed: boolean | null;
}

export interface RegisterQuery {
  status?: 'accepted' | 'refused';
  sender?: string;
  /** The number, and the id of the patient that it belongs to. */
  patient?: { nhsNumber: string; id: string };
  /** Half-open. */
  from?: Date;
  to?: Date;
  /** Those whose outcome has a finding of this rule. With `from`, so that not every submission is looked at. */
  rule?: string;
  /** Those that have a reason for a review (true), or that have none. */
  review?: boolean;
  /** Those that were refused or have a reason for review, and whose review is not closed. */
  isOpen?: true;
  /** Those whose review was closed. */
  isClosed?: true;
  /** Where the previous page ended. */
  before?: { receivedAt: Date; id: string };
  limit: number;
}

/** Whether the last mark that closes or opens a review has closed it, as SQL. */
export const CLOSED = `coalesce((SELECT review_mark.closed FROM review_mark
    WHERE review_mark.submission_id = submission.id AND review_mark.closed IS NOT NULL
    ORDER BY review_mark.reviewed_at DESC, review_mark.id DESC LIMIT 1), false)`;

const listed = `submission.id, submission.status, submission.sender, submission.client_id AS "clientId",
  submission.user_name AS "userName", submission.door, submission.received_at AS "receivedAt",
  submission.http_status AS "httpStatus", submission.sha256, submission.size, submission.content_type AS "contentType",
  submission.request_id AS "requestId", submission.bundle_type AS "bundleType", submission.nhs_number AS "nhsNumber",
  submission.patient_id AS "patientId", ${PATIENTS_CONCERNED} AS patients, submission.replaces, submission.review,
  EXISTS (SELECT 1 FROM review_mark WHERE review_mark.submission_id = submission.id) AS reviewed,
  ${CLOSED} AS closed`;

/** Newest first. */
export async function listSubmissions(db: Queryable, query: RegisterQuery): Promise<ListedSubmission[]> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = ['true'];
  if (query.status !== undefined)
    where.push(query.status === 'refused' ? "status = 'refused'" : "status = 'accepted'");
  if (query.sender !== undefined) where.push(`sender = ${bind(query.sender)}`);
  if (query.patient !== undefined) {
    const id = `${bind(query.patient.id)}::uuid`;
    const ofSeveral = `patients <> '{}' AND patients @> ARRAY[${id}]`;
    where.push(`(nhs_number = ${bind(query.patient.nhsNumber)} OR patient_id = ${id} OR ${ofSeveral})`);
  }
  if (query.from !== undefined) where.push(`received_at >= ${bind(query.from)}`);
  if (query.to !== undefined) where.push(`received_at < ${bind(query.to)}`);
  // An outcome is JSON without spaces; a quotation mark within a sentence has a backslash before it.
  if (query.rule !== undefined)
    where.push(`strpos(outcome, ${bind(`"rule":${JSON.stringify(query.rule)}`)}) > 0`);
  if (query.review === true) where.push("review <> '{}'");
  if (query.review === false) where.push("review = '{}'");
  if (query.isOpen) where.push(`(status = 'refused' OR review <> '{}') AND NOT ${CLOSED}`);
  if (query.isClosed) where.push(CLOSED);
  if (query.before !== undefined)
    where.push(
      `(received_at, id) < (${bind(query.before.receivedAt)}::timestamptz, ${bind(query.before.id)}::uuid)`,
    );
  return db.query<ListedSubmission & Record<string, unknown>>(
    {
      text: `SELECT ${listed} FROM submission WHERE ${where.join(' AND ')}
        ORDER BY received_at DESC, id DESC LIMIT ${bind(query.limit)}`,
    },
    values,
  );
}

export async function readSubmissionWhole(db: Queryable, id: string): Promise<WholeSubmission | undefined> {
  const [row] = await db.query<
    ListedSubmission & {
      outcome: string;
      repairs: unknown[];
      stored: StoredVersionOf[];
      withdrawn: StoredVersionOf[];
      replacedBy: string | null;
    }
  >(
    {
      name: 'read_submission_whole',
      text: `SELECT ${listed}, submission.outcome, submission.repairs, submission.stored, submission.withdrawn,
          (SELECT later.id FROM submission AS later WHERE later.replaces = submission.id LIMIT 1) AS "replacedBy"
        FROM submission WHERE submission.id = $1`,
    },
    [id],
  );
  if (!row) return undefined;
  const { outcome, ...rest } = row;
  return { ...rest, issues: JSON.parse(outcome) as Issue[], marks: await readMarks(db, id) };
}

async function readMarks(db: Queryable, submissionId: string): Promise<ReviewMark[]> {
  return db.query<ReviewMark & Record<string, unknown>>(
    {
      name: 'read_review_mark',
      text: `SELECT id, reviewed_at AS "reviewedAt", client_id AS "clientId", organisation, user_name AS "userName", note, closed
        FROM review_mark WHERE submission_id = $1 ORDER BY reviewed_at, id`,
    },
    [submissionId],
  );
}

/** Adds a mark. Marks are never changed. @returns its row, and the transaction that wrote it */
export async function insertMark(
  db: Queryable,
  submissionId: string,
  mark: ReviewMark,
  mac: Buffer,
): Promise<{ row: Readonly<Record<string, unknown>>; xid: string }> {
  const written = await db.query<{ xid: string }>(
    {
      name: 'insert_review_mark',
      text: `INSERT INTO review_mark (id, submission_id, reviewed_at, client_id, organisation, user_name, note, closed, mac)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING xid::text AS xid`,
    },
    [
      mark.id,
      submissionId,
      mark.reviewedAt,
      mark.clientId,
      mark.organisation,
      mark.userName,
      mark.note,
      mark.closed,
      mac,
    ],
  );
  const [first] = written;
  if (written.length !== 1 || first === undefined) throw new RowsNotWritten('review_mark');
  const row = {
    id: mark.id,
    submission_id: submissionId,
    reviewed_at: mark.reviewedAt,
    client_id: mark.clientId,
    organisation: mark.organisation,
    user_name: mark.userName,
    note: mark.note,
    closed: mark.closed,
  };
  return { row, xid: first.xid };
}

/** One disclosure of a submission's data to a reader. */
export interface Reading {
  auditEvent: string;
  at: Date;
  action: string;
  interaction: string;
  clientId: string | null;
  organisation: string | null;
  endUserOrganisation: string | null;
  user: string | null;
}

export interface ReadingsQuery {
  /** `Type/id` of the resources. */
  resources: readonly string[];
  /** Their patient, as `Type/id`: the index by which disclosures are found. */
  patient: string | undefined;
  since: Date;
  limit: number;
}

/** Who has been shown any of these resources, newest first. */
export async function listReadings(db: Queryable, query: ReadingsQuery): Promise<Reading[]> {
  const ofPatient = query.patient === undefined ? '' : ' AND patient && $4';
  return db.query<Reading & Record<string, unknown>>(
    {
      text: `SELECT id AS "auditEvent", last_updated AS at, action, interaction, client_id AS "clientId", organisation,
          end_user_organisation AS "endUserOrganisation", user_name AS "user"
        FROM audit_record
        WHERE action IN ('R', 'E') AND outcome = '0' AND last_updated >= $1 AND entity && $2${ofPatient}
        ORDER BY last_updated DESC, id DESC LIMIT $3`,
    },
    [query.since, query.resources, query.limit, ...(query.patient === undefined ? [] : [[query.patient]])],
  );
}
