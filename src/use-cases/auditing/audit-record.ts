/**
 * Makes the row of the audit trail for one event: the text of the AuditEvent, the columns by which it is searched, and
 * the proof that this server wrote it. @see docs/audit.md
 */
import { isUuid } from '../../fhir/uuid';
import { createHmac } from 'node:crypto';
import type { SqlValue } from '../../definitions/table';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import { auditEventText, storedInteraction, type CleanFacts } from './audit-event-text';
import { outcomeOf, type AuditedPatient, type AuditFacts } from './audit-facts';
import { cleanText } from './clean-text';

export type AuditRow = Record<string, SqlValue>;

export const AUDIT_COLUMNS = [
  'id',
  'last_updated',
  'action',
  'interaction',
  'outcome',
  'http_status',
  'sender',
  'client_id',
  'organisation',
  'end_user_organisation',
  'user_name',
  'user_reference',
  'token_id',
  'address',
  'observer',
  'request_id',
  'target',
  'patient',
  'patient_identifier',
  'entity',
  'submission_id',
  'has_query',
  'break_glass',
  'content',
  'mac',
] as const;

export interface AuditRowContext {
  id: string;
  recorded: Date;
  patients: readonly AuditedPatient[];
  patientType: string;
  /** The server's key for the proof of origin. */
  key: Buffer;
}

export function auditRow(facts: AuditFacts, context: AuditRowContext): AuditRow {
  const { caller } = facts;
  const clean: CleanFacts = {
    id: context.id,
    recorded: context.recorded.toISOString(),
    facts,
    patients: context.patients,
    patientType: context.patientType,
    clientId: cleanText(caller?.clientId),
    organisation: cleanText(caller?.odsCode),
    endUserOrganisation: cleanText(caller?.endUserOrganisation),
    userName: cleanText(caller?.user?.name),
    userReference: cleanText(caller?.user?.fhirUser),
    tokenId: cleanText(caller?.tokenId),
    address: cleanText(facts.address),
    target: cleanText(facts.target, 500),
    breakGlass: cleanText(facts.breakGlass, 1000),
  };
  const content = auditEventText(clean);
  return {
    id: context.id,
    last_updated: clean.recorded,
    action: facts.action,
    interaction: storedInteraction(facts.interaction),
    outcome: outcomeOf(facts.status),
    http_status: facts.status,
    sender: cleanText(caller?.sender) ?? '',
    client_id: clean.clientId ?? null,
    organisation: clean.organisation ?? null,
    end_user_organisation: clean.endUserOrganisation ?? null,
    user_name: clean.userName ?? null,
    user_reference: clean.userReference ?? null,
    token_id: clean.tokenId ?? null,
    address: clean.address ?? null,
    observer: facts.observer,
    request_id: facts.requestId,
    target: clean.target ?? null,
    ...foundBy(clean),
    submission_id: facts.submissionId ?? null,
    has_query: facts.query !== undefined,
    break_glass: clean.breakGlass ?? null,
    content,
    mac: `\\x${createHmac('sha256', context.key).update(content).digest('hex')}`,
  };
}

/** The columns that an auditor searches by: patients, their NHS numbers, and resources without their versions. */
function foundBy({ facts, patients, patientType }: CleanFacts): AuditRow {
  const ids: string[] = [];
  const tokens: string[] = [];
  for (const { id, nhsNumber } of patients) {
    if (id !== undefined) ids.push(`${patientType}/${id}`);
    if (nhsNumber !== undefined) tokens.push(`${NHS_NUMBER_SYSTEM}|${nhsNumber}`, nhsNumber);
  }
  const entities = new Set(ids);
  if (facts.submissionId !== undefined) entities.add(`Bundle/${facts.submissionId}`);
  for (const reference of facts.resources ?? []) {
    const end = reference.indexOf('/_history/');
    entities.add(end < 0 ? reference : reference.slice(0, end));
  }
  return {
    patient: ids.length > 0 ? ids : null,
    patient_identifier: tokens.length > 0 ? tokens : null,
    entity: entities.size > 0 ? [...entities] : null,
  };
}

/**
 * The patients of an event, each once: an NHS number and the id made from it count as one patient.
 * @param numberOf returns the NHS number of a patient's id, or undefined when it is not known
 */
export function patientsOf(
  { patients = [], nhsNumbers = [] }: Pick<AuditFacts, 'patients' | 'nhsNumbers'>,
  idOf: (nhsNumber: string) => string,
  numberOf: (id: string) => string | undefined,
): AuditedPatient[] {
  const byId = new Map<string, AuditedPatient>();
  for (const nhsNumber of nhsNumbers) {
    if (!/^\d{10}$/.test(nhsNumber)) continue;
    const id = idOf(nhsNumber);
    byId.set(id, { id, nhsNumber });
  }
  for (const id of patients) {
    if (byId.has(id) || !isUuid(id)) continue;
    const nhsNumber = numberOf(id);
    byId.set(id, nhsNumber === undefined ? { id } : { id, nhsNumber });
  }
  return [...byId.values()];
}
