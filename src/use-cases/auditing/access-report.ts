/**
 * Who has seen a patient's data, newest first: one row for each event of the audit trail that concerns the patient.
 *
 * @example
 * const result = await accessReport(reader, { nhsNumber: '9990000018', limit: 500, sizeOf }, auditing);
 * if (result.ok) table(result.answer.rows);
 * record(result.disclosed);
 *
 * @see docs/audit.md
 */
import { type AccessQuery, listAccess } from '../../engines/store/access-report';
import { type Answered, answered, disclosing, failed, type Failed } from '../call/answered';
import { nothing } from '../call/disclosed';
import type { Reader } from '../call/reader';
import { accessRowOf, cursorAfter, type AccessRow } from './access-rows';
import type { AuditingDependencies } from './dependencies';
import { howManyFit } from './how-many-fit';

export interface AccessQuestion extends Pick<AccessQuery, 'from' | 'to' | 'before'> {
  /** The server's id of the patient, or the NHS number. */
  id?: string;
  nhsNumber?: string;
  /** Rows at most. */
  limit: number;
  /** The size of a row in the answer, in bytes. */
  sizeOf: (row: AccessRow) => number;
}

export interface AccessReport {
  /** The server's id of the patient. */
  patient: string;
  /** The NHS number, where the patient is stored with one. */
  nhsNumber?: string;
  rows: readonly AccessRow[];
  /** The cursor of the next page; null on the last. */
  next: string | null;
}

export async function accessReport(
  { room }: Reader,
  { id, nhsNumber, limit, sizeOf, ...span }: AccessQuestion,
  dependencies: Pick<AuditingDependencies, 'database' | 'patients' | 'nhsNumbersOf'>,
): Promise<Answered<AccessReport>> {
  const named = patientOf(id, nhsNumber, dependencies);
  const disclosed = {
    ...nothing,
    patients: named.ok ? [named.patient] : [],
    nhsNumbers: nhsNumber === undefined ? [] : [nhsNumber],
  };
  if (!named.ok) return disclosing(named, disclosed);
  const { patient } = named;
  const { database, patients } = dependencies;
  const found = await listAccess(database, {
    ...span,
    patient: `${patients.type}/${patient}`,
    limit: limit + 1,
  });
  const all = found.slice(0, limit).map(accessRowOf);
  const rows = all.slice(0, howManyFit(all.map(sizeOf), room.maxBytes));
  const last = found[rows.length - 1];
  const next = found.length > rows.length && last ? cursorAfter(last) : null;
  const stored = (await dependencies.nhsNumbersOf([patient])).get(patient);
  const report = { patient, rows, next, ...(stored === undefined ? {} : { nhsNumber: stored }) };
  return answered(report, {
    ...disclosed,
    nhsNumbers: [...new Set([...disclosed.nhsNumbers, ...(stored === undefined ? [] : [stored])])],
  });
}

/** The one patient that is named, by id or by NHS number. */
function patientOf(
  id: string | undefined,
  nhsNumber: string | undefined,
  { patients }: Pick<AuditingDependencies, 'patients'>,
): { ok: true; patient: string } | Failed {
  const ofNumber = nhsNumber === undefined ? undefined : patients.idOf(nhsNumber);
  const patient = id ?? ofNumber;
  if (patient === undefined)
    return badPatient(
      'Name the patient: patient=<id>, or nhs-number=<ten digits>. By POST the parameters go into a form.',
    );
  if (ofNumber !== undefined && ofNumber !== patient)
    return badPatient(
      'The id in patient and the NHS number in nhs-number are of two patients. Give one of the two.',
    );
  return { ok: true, patient };
}

const badPatient = (text: string): Failed =>
  failed('bad-request', { code: 'invalid', rule: 'access-report-patient', text });
