/** Holds the audit trail against the answers that clients received: each has one record, which says what it was. */
import { outcomeOf } from '../../src/use-cases/auditing/audit-facts';
import type { Database } from '../../src/platform/postgres';
import type { AnyJson } from '../semantics/sending';
import type { Answered } from './mixed-load';

interface Row {
  request_id: string;
  action: string;
  interaction: string;
  http_status: number;
  client_id: string | null;
  submission_id: string | null;
  patient: string[];
  patient_identifier: string[];
  entity: string[];
  content: string;
}

/** @returns sentences; none is good */
export async function notAudited(database: Database, answered: readonly Answered[]): Promise<string[]> {
  const rows = await database.query<Row & Record<string, unknown>>(
    {
      text: `SELECT request_id, action, interaction, http_status, client_id, submission_id, content,
          coalesce(patient, '{}') AS patient, coalesce(patient_identifier, '{}') AS patient_identifier,
          coalesce(entity, '{}') AS entity
        FROM audit_record WHERE request_id = ANY($1)`,
    },
    [answered.map(({ requestId }) => requestId)],
  );
  const byRequest = new Map<string, Row[]>();
  for (const row of rows) byRequest.set(row.request_id, [...(byRequest.get(row.request_id) ?? []), row]);
  return answered.flatMap((answer) => {
    const found = byRequest.get(answer.requestId) ?? [];
    const title = `${answer.requestId} (${answer.what}, ${answer.status})`;
    if (found.length !== 1) return [`${title} has ${found.length} records`];
    return differences(answer, found[0]!).map((difference) => `${title}: ${difference}`);
  });
}

function differences(answer: Answered, row: Row): string[] {
  const event = JSON.parse(row.content) as AnyJson;
  const wrong: string[] = [];
  const same = (name: string, is: unknown, should: unknown): void => {
    if (is !== should) wrong.push(`${name} is ${String(is)}, not ${String(should)}`);
  };
  same('the action', row.action, answer.action);
  same('the interaction', row.interaction, answer.interaction);
  same('the status', row.http_status, answer.status);
  same('the outcome', event.outcome, outcomeOf(answer.status));
  same('the client', row.client_id, answer.client);
  same('the submission', row.submission_id, answer.submissionId);
  same('the request id', event.entity[0].what.identifier.value, answer.requestId);
  for (const patient of answer.patients)
    if (!row.patient.includes(patient)) wrong.push(`${patient} is not named`);
  for (const resource of answer.resources)
    if (!row.entity.includes(resource)) wrong.push(`${resource} is not named`);
  if (answer.nhsNumber !== undefined && !row.patient_identifier.includes(answer.nhsNumber))
    wrong.push('the NHS number is not named');
  return wrong;
}
