/**
 * Makes the facts that the audit trail records of a submission, for every interface. `app.ts` passes them to the trail,
 * so an interface cannot forget to record them.
 */
import type { Caller } from '../../engines/access/caller';
import { decodeEscapes } from '../../platform/decode-escapes';
import type { FailedAttempt, SubmissionAudit } from './dependencies';
import type { Door, Received } from './steps';
import type { Earlier } from './recognise/earlier-submissions';

/** The facts of one event, from which its AuditEvent is made. */
export interface SubmissionFacts {
  action: 'C';
  interaction: string;
  door: Door;
  status: number;
  requestId: string;
  observer: string;
  caller: Caller;
  target: string;
  address?: string;
  breakGlass?: string;
  /** The conditions, a line each. */
  query?: string;
  /** Absent when nothing was stored. */
  submissionId?: string;
  patients: readonly string[];
  nhsNumbers: readonly string[];
  resources?: readonly string[];
  remark?: string;
}

export interface FactsContext {
  /** The address of this server as callers know it; empty before it listens. */
  observer: string;
  /** The NHS numbers that a text names. */
  nhsNumbersIn: (texts: Iterable<string>) => Iterable<string>;
}

/** The facts of an accepted or refused submission; its record commits together with it. */
export function submissionFacts(audit: SubmissionAudit, context: FactsContext): SubmissionFacts {
  const { received, submissionId, httpStatus, patients, nhsNumbers, namedMore, stored, interaction } = audit;
  return {
    ...arrivalOf(received, context),
    ...(interaction === undefined ? {} : { interaction }),
    status: httpStatus,
    submissionId,
    patients: [...patients, ...received.asked.patients],
    nhsNumbers: [...nhsNumbers, ...nhsNumbersAskedIn(received, context)],
    ...(namedMore === true ? { remark: 'it names more patients than this record lists' } : {}),
    resources: stored
      .filter(({ written }) => written)
      .map(({ type, id, version }) => `${type}/${id}/_history/${version}`),
  };
}

/** The facts of a resend, which gets the first answer again; nothing but this record is written. */
export function resendFacts(earlier: Earlier, received: Received, context: FactsContext): SubmissionFacts {
  return {
    ...arrivalOf(received, context),
    status: 200,
    submissionId: earlier.id,
    patients: [...earlier.patients, ...received.asked.patients],
    nhsNumbers: [...nhsNumbersAskedIn(received, context)],
    remark: 'resend: already stored, nothing changed',
  };
}

/**
 * The facts of an attempt by another road than HTTP of which nothing was stored: it ended in an internal error, or did
 * not come whole. HTTP records its own.
 */
export function failureFacts(
  received: Received,
  { status, remark, nhsNumbers }: FailedAttempt,
  context: FactsContext,
): SubmissionFacts {
  return {
    ...arrivalOf(received, context),
    status,
    patients: [...received.asked.patients],
    nhsNumbers,
    remark,
  };
}

function arrivalOf(
  { caller, reach, door, requestId, id, origin, asked }: Received,
  { observer }: FactsContext,
): Omit<SubmissionFacts, 'status' | 'submissionId' | 'patients' | 'nhsNumbers'> {
  return {
    action: 'C',
    interaction: interactionOf(origin),
    door,
    requestId: requestId ?? id,
    observer: observer === '' ? 'homeward' : observer,
    caller,
    target: origin?.target ?? door,
    ...(origin?.address === undefined ? {} : { address: origin.address }),
    ...(reach.kind === 'all' && reach.breakGlass !== undefined ? { breakGlass: reach.breakGlass } : {}),
    ...(asked.conditions.length === 0 ? {} : { query: asked.conditions.map(decodeEscapes).join('\n') }),
  };
}

/**
 * The NHS numbers in the conditions, whether or not they were found. Each condition is read separately, so that none
 * can hide another.
 */
function* nhsNumbersAskedIn({ asked }: Received, { nhsNumbersIn }: FactsContext): Generator<string> {
  for (const condition of asked.conditions) yield* nhsNumbersIn([decodeEscapes(condition)]);
}

function interactionOf(origin: Received['origin']): string {
  if (origin?.interaction !== undefined) return origin.interaction;
  return origin?.target?.endsWith('/R4') === true ? 'transaction' : 'create';
}
