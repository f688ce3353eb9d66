/**
 * The register of submissions for auditors and reviewers: every submission, accepted or refused, with the original
 * bytes, the answer, and the review marks.
 *
 * @example
 * const page = await listOfSubmissions(reader, { status: 'refused', isOpen: true, limit: 50 }, auditing);
 * if (page.ok) list(page.answer.submissions);
 * record(page.disclosed);
 * const one = await oneSubmission(reader, submissionId, auditing);
 */
import { isUuid } from '../../fhir/uuid';
import type { Issue } from '../../fhir/issue';
import { bucketOf } from '../../platform/ids';
import { rawBytes, type Raw } from '../../engines/store/raw-bytes';
import {
  listSubmissions,
  readSubmissionWhole,
  type RegisterQuery,
  type WholeSubmission,
} from '../../engines/store/submission-register';
import { type Answered, answered, disclosing, type Failed, failed } from '../call/answered';
import { type Disclosed, nothing, together } from '../call/disclosed';
import { tooCostly } from '../call/failures';
import type { Reader } from '../call/reader';
import type { AuditingDependencies } from './dependencies';
import { readDroppedMonths } from '../../engines/ledger/months/month-records';
import { monthsIn } from './months/outside';
import { howManyFit } from './how-many-fit';
import {
  cursorOf,
  describeSubmission,
  entryOf,
  markReviewed,
  type SubmissionDescription,
  type SubmissionEntry,
} from './submission-register';

export interface SubmissionsPage {
  submissions: SubmissionEntry[];
  /** The cursor of the next page; null on the last. */
  next: string | null;
}

/** A page of the register, newest first. */
export async function listOfSubmissions(
  { fhirBase, room }: Reader,
  query: RegisterQuery,
  { database, patients }: AuditingDependencies,
): Promise<Answered<SubmissionsPage>> {
  const found = await listSubmissions(database, { ...query, limit: query.limit + 1 });
  const entries = found.slice(0, query.limit).map((each) => entryOf(each, fhirBase, patients.type));
  const page = found.slice(0, howManyFit(sizesOf(entries), room.maxBytes));
  const last = page.at(-1);
  return answered(
    {
      submissions: entries.slice(0, page.length),
      next: found.length > page.length && last ? cursorOf(last) : null,
    },
    { ...together(...page.map(disclosedOf)), ...(page.length === 0 ? { isEmpty: true } : {}) },
  );
}

function* sizesOf(entries: readonly object[]): Generator<number> {
  for (const entry of entries) yield Buffer.byteLength(JSON.stringify(entry));
}

/** Returns one submission with everything that happened to it. */
export async function oneSubmission(
  { fhirBase }: Reader,
  id: string,
  { database, auditKey, patients }: AuditingDependencies,
): Promise<Answered<SubmissionDescription>> {
  const found = isUuid(id)
    ? await describeSubmission(database, id.toLowerCase(), fhirBase, patients.type)
    : undefined;
  if (!found) return disclosing(unknownSubmission());
  const months = await readDroppedMonths(database, auditKey);
  const outside = monthsIn(months.keys(), { from: found.whole.receivedAt });
  const description =
    outside.length === 0 ? found.description : { ...found.description, readByOutside: outside };
  return answered(description, disclosedOf(found.whole));
}

export interface RawSubmission extends Raw {
  id: string;
  sha256: Buffer;
}

/** Returns the bytes as they were received. */
export async function rawSubmission(
  { room }: Reader,
  id: string,
  { database, documents }: AuditingDependencies,
): Promise<Answered<RawSubmission>> {
  const whole = await wholeOf(id, database);
  if (!whole) return disclosing(unknownSubmission());
  const disclosed = disclosedOf(whole);
  if (whole.size > room.maxBytes) return disclosing(tooCostly(room.maxBytes), disclosed);
  const raw = await rawBytes(database, whole.id, documents);
  if (!raw) return disclosing(unknownSubmission(), disclosed);
  return answered({ ...raw, id: whole.id, sha256: whole.sha256 }, disclosed);
}

/** Returns the answer that the sender received. */
export async function outcomeOfSubmission(
  _reader: Reader,
  id: string,
  { database }: AuditingDependencies,
): Promise<Answered<readonly Issue[]>> {
  const whole = await wholeOf(id, database);
  return whole ? answered(whole.issues, disclosedOf(whole)) : disclosing(unknownSubmission());
}

/** A reviewer's note, and whether it closes the review or opens it again. */
export interface Review {
  note: string;
  closed?: boolean;
}

/** Adds a mark to a submission. */
export async function reviewSubmission(
  { caller, now }: Reader,
  id: string,
  review: Review,
  { database, newId, auditKey, ledger }: AuditingDependencies,
): Promise<Answered<object>> {
  const whole = await wholeOf(id, database);
  if (!whole) return disclosing(unknownSubmission());
  const mark = await markReviewed(database, {
    submissionId: whole.id,
    caller,
    ...review,
    id: newId(bucketOf(whole.id), now.getTime()),
    now,
    key: auditKey,
    witness: ledger.witness,
  });
  return mark ? answered(mark, disclosedOf(whole)) : disclosing(noNote(), disclosedOf(whole));
}

async function wholeOf(
  id: string,
  database: AuditingDependencies['database'],
): Promise<WholeSubmission | undefined> {
  return isUuid(id) ? readSubmissionWhole(database, id.toLowerCase()) : undefined;
}

function disclosedOf({
  id,
  patients,
  nhsNumber,
}: Pick<WholeSubmission, 'id' | 'patients' | 'nhsNumber'>): Disclosed {
  return {
    ...nothing,
    patients,
    nhsNumbers: nhsNumber === null ? [] : [nhsNumber],
    resources: [`Bundle/${id}`],
  };
}

export const noNote = (): Failed =>
  failed('bad-request', {
    code: 'invalid',
    rule: 'submissions-review',
    text: 'A review should be a JSON object with a `note` of 1 to 4000 characters. It may have `closed`: true closes the review, false opens it again.',
  });

export const unknownSubmission = (): Failed =>
  failed('not-found', {
    code: 'not-found',
    rule: 'http-unknown-resource',
    text: 'There is no submission with this id.',
  });
