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
import { type AccessQuery, type AccessRecord, listAccess } from '../../engines/store/access-report';
import { boundsOfMonth } from '../../platform/months';
import { type Answered, answered, disclosing, failed, type Failed } from '../call/answered';
import { nothing } from '../call/disclosed';
import { abandoned } from '../call/failures';
import type { Reader } from '../call/reader';
import { accessRowOf, cursorAfter, type AccessRow } from './access-rows';
import type { AuditingDependencies } from './dependencies';
import { howManyFit } from './how-many-fit';
import { readDroppedMonths } from '../../engines/ledger/months/month-records';
import { monthsIn } from './months/outside';
import { otherRecordsOf, type OtherRecord } from './other-records';
import { newestFirst, readAccess, UnusableFile } from './months/read-access';

export interface AccessQuestion extends Pick<AccessQuery, 'from' | 'to' | 'before'> {
  /** The server's id of the patient, or the NHS number. */
  id?: string;
  nhsNumber?: string;
  /** Only the records of this month, such as `2026-03`, also where they are outside of the database. */
  month?: string;
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
  /** Months of the time asked about whose records are outside of the database, and not among the rows. */
  outside: readonly string[];
  /** Other records of the patient, whose events are not among the rows. */
  otherRecords: readonly OtherRecord[];
}

export async function accessReport(
  reader: Reader,
  { id, nhsNumber, month, limit, sizeOf, ...span }: AccessQuestion,
  dependencies: Dependencies,
): Promise<Answered<AccessReport>> {
  const named = patientOf(id, nhsNumber, dependencies);
  const disclosed = {
    ...nothing,
    patients: named.ok ? [named.patient] : [],
    nhsNumbers: nhsNumber === undefined ? [] : [nhsNumber],
  };
  if (!named.ok) return disclosing(named, disclosed);
  const { patient } = named;
  const query = { ...span, patient: `${dependencies.patients.type}/${patient}`, limit: limit + 1 };
  const read = await (month === undefined
    ? readDatabase(query, dependencies)
    : readOneMonth(reader, query, month, dependencies));
  if (!read.ok) return disclosing(read, disclosed);
  const { found, outside } = read;
  const all = found.slice(0, limit).map(accessRowOf);
  const rows = all.slice(0, howManyFit(all.map(sizeOf), reader.room.maxBytes));
  const last = found[rows.length - 1];
  const next = found.length > rows.length && last ? cursorAfter(last) : null;
  const stored = (await dependencies.nhsNumbersOf([patient])).get(patient);
  const otherRecords = await otherRecordsOf(
    patient,
    stored ?? nhsNumber ?? numberIn(found, patient, dependencies),
    dependencies,
  );
  const report = {
    patient,
    rows,
    next,
    outside,
    otherRecords,
    ...(stored === undefined ? {} : { nhsNumber: stored }),
  };
  const others = otherRecords.flatMap((each) => each.nhsNumber ?? []);
  const numbers = [...disclosed.nhsNumbers, ...(stored === undefined ? [] : [stored]), ...others];
  return answered(report, {
    ...disclosed,
    patients: [...disclosed.patients, ...otherRecords.map((each) => each.patient)],
    nhsNumbers: [...new Set(numbers)],
  });
}

type Dependencies = Pick<
  AuditingDependencies,
  'database' | 'patients' | 'nhsNumbersOf' | 'monthFiles' | 'auditKey'
>;

type Found = { ok: true; found: readonly AccessRecord[]; outside: readonly string[] } | Failed;

async function readDatabase(query: AccessQuery, { database, auditKey }: Dependencies): Promise<Found> {
  // The months afterwards: one that is dropped meanwhile must not be missing in both.
  const found = await listAccess(database, query);
  const months = await readDroppedMonths(database, auditKey);
  return { ok: true, found, outside: monthsIn(months.keys(), query) };
}

/** Reads one month from its file, or from the database where it is there. */
async function readOneMonth(
  reader: Reader,
  query: AccessQuery,
  month: string,
  { database, auditKey, monthFiles }: Dependencies,
): Promise<Found> {
  const { fromId, toId } = boundsOfMonth(month);
  const inDatabase = await listAccess(database, { ...query, ids: { from: fromId, to: toId } });
  const dropped = (await readDroppedMonths(database, auditKey)).get(month);
  if (!dropped) return { ok: true, found: inDatabase, outside: [] };
  try {
    const inFile = await readAccess(monthFiles, dropped, query, reader.gone);
    const byId = new Map([...inFile, ...inDatabase].map((record) => [record.id, record]));
    const found = [...byId.values()].sort(newestFirst).slice(0, query.limit);
    return { ok: true, found, outside: [] };
  } catch (error) {
    if (reader.gone.aborted) return abandoned();
    if (!(error instanceof UnusableFile)) throw error;
    return failed('unavailable', {
      code: 'transient',
      rule: 'access-report-month-file',
      text: `The file of ${month}, ${dropped.file}, ${error.reason}. Ask the operator to check AUDIT_MONTHS_STORE, and to run homeward ledger verify.`,
    });
  }
}

/** The NHS number under which a patient of whom nothing is stored was asked for. */
function numberIn(
  found: readonly AccessRecord[],
  patient: string,
  { patients }: Pick<AuditingDependencies, 'patients'>,
): string | undefined {
  const start = `${patients.identifierSystem}|`;
  return found
    .flatMap(({ identifier }) =>
      identifier?.startsWith(start) === true ? identifier.slice(start.length) : [],
    )
    .find((number) => patients.idOf(number) === patient);
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
