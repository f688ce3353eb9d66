/** What the audit trail is told of a submission, by whichever door it came. */
import type { AuditFacts } from '../auditing/audit-facts';
import type { SubmissionAudit } from '../submission/dependencies';
import type { Received } from '../submission/steps';
import type { Earlier } from '../submission/world';

/** Accepted or refused; its record commits together with it. */
export function submissionFacts(audit: SubmissionAudit, observer: string): AuditFacts {
  const { received, submissionId, httpStatus, patientId, nhsNumbers, stored, interaction } = audit;
  return {
    ...arrivalOf(received, observer),
    ...(interaction === undefined ? {} : { interaction }),
    status: httpStatus,
    submissionId,
    patients: patientId === null ? [] : [patientId],
    nhsNumbers,
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
    patients: earlier.patientId === null ? [] : [earlier.patientId],
    remark: 'resend: stored before, nothing was changed',
  };
}

function arrivalOf(
  { from, door, requestId, id, origin }: Received,
  observer: string,
): Omit<AuditFacts, 'status'> {
  const user = from.userName === undefined ? {} : { user: { name: from.userName } };
  return {
    action: 'C',
    interaction: interactionOf(door, origin?.target),
    requestId: requestId ?? id,
    observer: observer === '' ? 'homeward' : observer,
    caller: origin?.caller ?? { clientId: from.clientId, sender: from.sender, ...user },
    target: origin?.target ?? door,
    ...(origin?.address === undefined ? {} : { address: origin.address }),
  };
}

function interactionOf(door: Received['door'], target: string | undefined): string {
  if (door === 'process-message') return '$process-message';
  if (door === 'batch') return 'batch';
  return target?.endsWith('/R4') === true ? 'transaction' : 'create';
}
