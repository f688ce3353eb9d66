/**
 * Warns a sender that is no correction of the summary whose document it replaces. A Bundle in a message of HL7 v2 may be
 * filed under the number of its document, whatever identifier it has itself. The same Bundle on another road is then
 * another summary: it withdraws nothing of what the message stored, and its sender may have meant it to. The sender is
 * told of its own resources. Those of others are a reason for a person to look, because the sender may not see them.
 * @see docs/transports/hl7v2.md
 */
import type { Issue } from '../../../fhir/issue';
import { statementName, type Queryable } from '../../../platform/postgres';
import type { SubmissionDefinitions } from '../dependencies';
import type { Received } from '../steps';
import type { Plan, PlannedEntry } from './plan';
import { isOfCare } from './refers-to-withdrawn';

/** The most resources that the issue names. */
const MOST_NAMED = 5;

/** @param isFirst true of the first submission of its summary: what is told once is not told of its corrections */
export async function remarkOnOtherSummary(
  tx: Queryable,
  plan: Plan,
  { received, isFirst }: { received: Pick<Received, 'door' | 'from'>; isFirst: boolean },
  { rowTypes, definitionOf }: Pick<SubmissionDefinitions, 'rowTypes' | 'definitionOf'>,
): Promise<Plan> {
  if (!isFirst || received.door === 'hl7v2') return plan;
  const documents = plan.entries.filter(replacesDocument);
  if (documents.length === 0) return plan;
  const messages = await tx.query<{ id: string }>(
    {
      name: 'submissions_by_hl7v2',
      text: `SELECT id FROM submission WHERE id = ANY($1::uuid[]) AND door = 'hl7v2'`,
    },
    [[...new Set(documents.map(({ stored }) => stored!.submissionId))]],
  );
  if (messages.length === 0) return plan;
  const text = Object.entries(rowTypes)
    .map(
      ([table, type]) =>
        `SELECT ${type} AS type, id, sender FROM "${table}" WHERE patient_id = ANY($1::uuid[]) AND submission_id = ANY($2::uuid[])
          AND id <> ALL($3::uuid[])`,
    )
    .join(' UNION ALL ');
  const rows = await tx.query<{ type: string; id: string; sender: string }>(
    { name: statementName('left_by_message', text), text },
    [
      [...new Set(documents.flatMap(({ patientId }) => patientId ?? []))],
      messages.map(({ id }) => id),
      plan.entries.map(({ id }) => id),
    ],
  );
  const left = rows.filter(({ type }) => definitionOf(type).withdrawable && isOfCare(definitionOf(type)));
  if (left.length === 0) return plan;
  const replaced = documents
    .filter(({ stored }) => messages.some(({ id }) => id === stored!.submissionId))
    .map(({ definition, id }) => `${definition.type}/${id}`);
  const own = left.filter(({ sender }) => sender === received.from.sender);
  const others = left.length - own.length;
  return {
    ...plan,
    issues: own.length === 0 ? plan.issues : [...plan.issues, staysOf(replaced, own)],
    review: others === 0 ? plan.review : [...plan.review, staysOfOthers(others)],
  };
}

/** True of an entry that makes a newer version of a document of another submission. */
const replacesDocument = ({ definition, stored, write, lateAfter }: PlannedEntry): boolean =>
  stored !== undefined &&
  stored.isWithdrawn === undefined &&
  write &&
  lateAfter === undefined &&
  definition.showsCare === true &&
  definition.table.documents !== undefined;

const staysOfOthers = (count: number): string =>
  `A document of a message of HL7 v2 was replaced in another summary, and what other senders sent with it stays current (${count} in all)`;

function staysOf(replaced: readonly string[], left: readonly { type: string; id: string }[]): Issue {
  const names = left.slice(0, MOST_NAMED).map(({ type, id }) => `${type}/${id}`);
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : '';
  return {
    severity: 'warning',
    code: 'business-rule',
    rule: 'submission-other-summary',
    text: `${replaced.join(', ')} came in a message of HL7 v2, and belongs to the summary with the number of that document. This submission has another Bundle.identifier, so it withdraws nothing of that summary. These are yours and stay current: ${names.join(', ')}${more}. If they are wrong, retract them (entered-in-error), or send the correction over HL7 v2 with the same document number.`,
    source: 'Corrections',
  };
}
