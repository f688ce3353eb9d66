/** What the audit trail is told of a submission, by whichever door it came. */
import type { AuditFacts } from '../../use-cases/auditing/audit-facts';
import { nhsNumbersIn } from '../../use-cases/auditing/nhs-numbers-in';
import type { SubmissionAudit } from '../../use-cases/submitting/dependencies';
import type { Received } from '../../use-cases/submitting/steps';
import type { Earlier } from '../../use-cases/submitting/stored-before/stored-before';
import { decoded } from './audit-facts-of';

/** Accepted or refused; its record commits together with it. */
export function submissionFacts(audit: SubmissionAudit, observer: string): AuditFacts {
  const { received, submissionId, httpStatus, patientId, nhsNumbers, stored, interaction } = audit;
  return {
    ...arrivalOf(received, observer),
    ...(interaction === undefined ? {} : { interaction }),
    status: httpStatus,
    submissionId,
    patients: [...(patientId === null ? [] : [patientId]), ...received.asked.patients],
    nhsNumbers: [...nhsNumbers, ...nhsNumbersAskedIn(received)],
    resources: stored
      .filter(({ written }) => written)
      .map(({ type, id, version }) => `${type}/${id}/_history/${version}`),
  };
}

/** Sent before, and answered again: nothing else is written of it. */
export function resendFacts(earlier: Earlier, received: Received, observer: string): AuditFacts {
  return {
    ...arrivalOf(received, observer),
    status: 200,
    submissionId: earlier.id,
    patients: [...(earlier.patientId === null ? [] : [earlier.patientId]), ...received.asked.patients],
    nhsNumbers: nhsNumbersAskedIn(received),
    remark: 'resend: stored before, nothing was changed',
  };
}

function arrivalOf(
  { caller, reach, door, requestId, id, origin, asked }: Received,
  observer: string,
): Omit<AuditFacts, 'status'> {
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
    ...(asked.conditions.length === 0 ? {} : { query: asked.conditions.map(decoded).join('\n') }),
  };
}

/** A question names its patient, found or not. Each condition is read by itself, so that none hides behind others. */
function* nhsNumbersAskedIn({ asked }: Received): Generator<string> {
  for (const condition of asked.conditions) yield* nhsNumbersIn([decoded(condition)]);
}

function interactionOf(origin: Received['origin']): string {
  if (origin?.interaction !== undefined) return origin.interaction;
  return origin?.target?.endsWith('/R4') === true ? 'transaction' : 'create';
}
