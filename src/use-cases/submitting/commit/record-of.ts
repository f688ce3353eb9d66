/**
 * Makes the record of a submission, accepted or refused: its row, its body, and its audit record. One function makes
 * all three, so that none can be forgotten. A pure function.
 */
import type { SqlValue } from '../../../definitions/table';
import { withPlainNumbers } from '../../../fhir/decimal';
import type { Issue } from '../../../fhir/issue';
import type { AnyResource } from '../../../fhir/types';
import type { PlainWrite } from '../../../engines/store/commit';
import type { Reached } from '../../../engines/store/outbox';
import type { StoredBody } from '../../../engines/store/submission-body';
import type { ForCommitting, SubmissionAudit } from '../dependencies';
import type { Edition } from '../recognise/edition';
import type { Received, RecordedRepair, StoredEntry, SubmissionEnd, SubmissionEnding } from '../steps';

/** How a submission ended, with the facts for its record. Unknown facts are absent. */
export interface Ended {
  /** The id under which it is stored. */
  submissionId: string;
  received: Received;
  body: StoredBody;
  end: SubmissionEnd;
  /** `Bundle.type` as it was sent. */
  bundleType: string | undefined;
  /** Every patient concerned, and the NHS numbers that are known. */
  patients: readonly string[];
  nhsNumbers: readonly string[];
  /** True when a refused submission named more patients than are recorded. */
  namedMore?: boolean;
  /** The patient, when the submission is about exactly one. */
  patientId?: string | null;
  /** Its `Bundle.identifier`; for a stored submission also the other facts that give its place in its lineage. */
  edition?: Pick<Edition, 'identifier'> & Partial<Edition>;
  lineagePosition?: number | undefined;
  /** The submission that it corrects. */
  replaces?: string | undefined;
  issues?: readonly Issue[];
  repairs?: readonly RecordedRepair[];
  review?: readonly string[];
  stored?: readonly StoredEntry[];
  withdrawn?: readonly { type: string; id: string; version: number }[];
  /** What was valid before, and is withdrawn or entered in error now. */
  takenBack?: readonly { type: string; id: string }[];
  /** The interaction of the audit record, if the interface does not give one. */
  interaction?: SubmissionAudit['interaction'];
  /** The Bundle, for the rows that are written alongside. */
  bundle?: AnyResource | undefined;
  /** Where what it corrects, changes or withdraws was passed on to. */
  passedOnBefore?: readonly Reached[];
}

export function recordOf(ended: Ended, committing: ForCommitting): PlainWrite[] {
  const { statusOf, auditRows } = committing;
  const { received, submissionId, patients, nhsNumbers, namedMore, stored = [], interaction } = ended;
  const httpStatus = statusOf(ended.end);
  const row = rowOf(ended, httpStatus);
  const audit = auditRows?.({
    received,
    submissionId,
    httpStatus,
    patients,
    nhsNumbers,
    ...(namedMore === true ? { namedMore } : {}),
    stored,
    ...(interaction === undefined ? {} : { interaction }),
  });
  return [
    { table: 'submission', columns: Object.keys(row), rows: [row] },
    bodyOf(submissionId, ended.body),
    ...(audit ?? []),
    ...alongside(
      {
        submissionId,
        received,
        status: isAccepted(ended.end) ? 'accepted' : 'refused',
        end: ended.end,
        issues: ended.issues ?? [],
        bundle: ended.bundle,
        stored,
        takenBack: ended.takenBack ?? [],
        passedOnBefore: ended.passedOnBefore ?? [],
      },
      committing,
    ),
  ];
}

/** The rows that the interface, and the server for every interface, write together with a submission. */
export function alongside(ending: SubmissionEnding, committing: ForCommitting): PlainWrite[] {
  const makers = [ending.received.alongside, committing.alongside];
  return inOneWritePerTable(makers.flatMap((rowsOf) => rowsOf?.(ending) ?? []));
}

/** The statement has one part for each table. */
function inOneWritePerTable(writes: readonly PlainWrite[]): PlainWrite[] {
  const byTable = new Map<string, PlainWrite>();
  for (const write of writes) {
    const before = byTable.get(write.table);
    byTable.set(write.table, {
      ...write,
      columns: before ? [...new Set([...before.columns, ...write.columns])] : write.columns,
      rows: before ? [...before.rows, ...write.rows] : write.rows,
    });
  }
  return [...byTable.values()];
}

const isAccepted = (end: SubmissionEnd): boolean => end === 'created' || end === 'ok';

function rowOf(ended: Ended, httpStatus: number): Record<string, SqlValue> {
  const { received, edition } = ended;
  return {
    id: ended.submissionId,
    sender: received.from.sender,
    client_id: received.from.clientId,
    user_name: received.from.userName ?? null,
    door: received.door,
    received_at: received.receivedAt.toISOString(),
    status: isAccepted(ended.end) ? 'accepted' : 'refused',
    http_status: httpStatus,
    sha256: hexOf(received.sha256),
    size: received.bytes.length,
    content_type: received.contentType,
    request_id: received.requestId ?? null,
    bundle_type: ended.bundleType ?? null,
    bundle_identifier: edition?.identifier ?? null,
    bundle_version: edition?.version ?? null,
    bundle_last_updated: edition?.lastUpdated?.toISOString() ?? null,
    content_sha256: hexOf(edition?.contentSha256),
    lineage_position: ended.lineagePosition ?? null,
    replaces: ended.replaces ?? null,
    nhs_number: ended.nhsNumbers[0] ?? null,
    patient_id: ended.patientId ?? null,
    patients: ended.patients.every((id) => id === ended.patientId) ? [] : [...ended.patients],
    outcome: JSON.stringify(ended.issues ?? []),
    repairs: withPlainNumbers(ended.repairs ?? []) as never,
    review: [...(ended.review ?? [])],
    stored: (ended.stored ?? []) as never,
    withdrawn: (ended.withdrawn ?? []) as never,
  };
}

/** Binary columns are written as `\x…` text. */
const hexOf = (bytes: Buffer | undefined): string | null =>
  bytes === undefined ? null : `\\x${bytes.toString('hex')}`;

function bodyOf(submissionId: string, { encoding, skeleton, documents }: StoredBody): PlainWrite {
  const row = {
    submission_id: submissionId,
    encoding,
    skeleton: hexOf(skeleton),
    documents: documents as never,
  };
  return { table: 'submission_body', columns: Object.keys(row), rows: [row] };
}
