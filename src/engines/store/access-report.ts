/** Reads from the audit trail who has done what to one patient's data, row by row, by its index of patients. */
import type { Queryable } from '../../platform/postgres';

export interface AccessRecord {
  id: string;
  at: Date;
  action: string;
  interaction: string;
  outcome: string;
  clientId: string | null;
  organisation: string | null;
  endUserOrganisation: string | null;
  userName: string | null;
  userReference: string | null;
  target: string | null;
  submissionId: string | null;
  breakGlass: string | null;
  requestId: string;
  /** What the event says of its outcome beside the code, such as `nothing was shown`; null where it says nothing. */
  remark: string | null;
  /** `system|NHS number` of the patient, where the event is about this patient alone. */
  identifier: string | null;
}

/** `outcomeDesc` stands near the beginning of an AuditEvent, before all that comes from a request. */
const BEGINNING = 1_000;

/** The `outcomeDesc` of an AuditEvent as the server writes it; null where it has none. */
export function remarkIn(content: string): string | null {
  const [, text] =
    /"outcome":"\d+","outcomeDesc":("(?:[^"\\]|\\.)*")/.exec(content.slice(0, BEGINNING)) ?? [];
  return text === undefined ? null : (JSON.parse(text) as string);
}

export interface AccessQuery {
  /** `Patient/<id>` */
  patient: string;
  /** Half-open. */
  from?: Date;
  to?: Date;
  /** Where the previous page ended. */
  before?: { at: Date; id: string };
  /** Only records with an id from the first, and before the second. */
  ids?: { from: string; to: string };
  limit: number;
}

/** Newest first. */
export async function listAccess(db: Queryable, query: AccessQuery): Promise<AccessRecord[]> {
  const values: unknown[] = [[query.patient]];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = ['patient && $1::text[]'];
  if (query.from !== undefined) where.push(`last_updated >= ${bind(query.from)}`);
  if (query.to !== undefined) where.push(`last_updated < ${bind(query.to)}`);
  if (query.ids !== undefined) where.push(`id >= ${bind(query.ids.from)} AND id < ${bind(query.ids.to)}`);
  if (query.before !== undefined)
    where.push(
      `(last_updated, id) < (${bind(query.before.at)}::timestamptz, ${bind(query.before.id)}::uuid)`,
    );
  const rows = await db.query<Omit<AccessRecord, 'remark'> & { beginning: string }>(
    {
      text: `SELECT id, last_updated AS at, action, interaction, outcome, client_id AS "clientId", organisation,
          end_user_organisation AS "endUserOrganisation", user_name AS "userName", user_reference AS "userReference",
          target, submission_id AS "submissionId", break_glass AS "breakGlass", request_id AS "requestId",
          left(content, ${BEGINNING}) AS beginning,
          CASE WHEN cardinality(patient) = 1 THEN patient_identifier[1] END AS identifier
        FROM (SELECT * FROM audit_record WHERE ${where.join(' AND ')}
          ORDER BY last_updated DESC, id DESC LIMIT ${bind(query.limit)}) AS page
        ORDER BY last_updated DESC, id DESC`,
    },
    values,
  );
  return rows.map(({ beginning, ...row }) => ({ ...row, remark: remarkIn(beginning) }));
}
