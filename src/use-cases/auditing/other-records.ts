/**
 * The other records of a patient whose data may be asked about: under an earlier or a later NHS number, or linked by a
 * sender. Whether they are of the same person is what a sender said, so their events are never put into one report.
 */
import { namedByPatient, patientsThatHad } from '../../engines/store/other-numbers';
import { isUuid } from '../../fhir/uuid';
import type { AuditingDependencies } from './dependencies';

export interface OtherRecord {
  /** The server's id. */
  patient: string;
  nhsNumber?: string;
  /** `earlier`: of an NHS number that the patient had before; `later`: of a patient who had this number before. */
  relation: 'earlier' | 'later' | 'linked';
}

/** The most other records of each kind. */
const MOST = 20;

/**
 * @param patient the server's id
 * @param nhsNumber by which the patient is asked for, where it is known
 */
export async function otherRecordsOf(
  patient: string,
  nhsNumber: string | undefined,
  { database, patients, nhsNumbersOf }: Pick<AuditingDependencies, 'database' | 'patients' | 'nhsNumbersOf'>,
): Promise<OtherRecord[]> {
  const named = await namedByPatient(database, patient, patients);
  const found = new Map<string, OtherRecord>();
  const add = (record: OtherRecord): void => {
    if (record.patient !== patient && !found.has(record.patient)) found.set(record.patient, record);
  };
  const current = named?.current ?? nhsNumber;
  for (const each of (named?.nhsNumbers ?? []).slice(0, MOST))
    add({ patient: patients.idOf(each), nhsNumber: each, relation: 'earlier' });
  if (current !== undefined)
    for (const id of await patientsThatHad(database, current, { id: patient, most: MOST }, patients))
      add({ patient: id, relation: 'later' });
  for (const id of (named?.links ?? []).filter(isUuid).slice(0, MOST))
    add({ patient: id.toLowerCase(), relation: 'linked' });
  const unknown = [...found.values()].flatMap((each) => (each.nhsNumber === undefined ? each.patient : []));
  const numbers = unknown.length === 0 ? new Map<string, string>() : await nhsNumbersOf(unknown);
  return [...found.values()].map((each) => {
    const number = each.nhsNumber ?? numbers.get(each.patient);
    return number === undefined ? each : { ...each, nhsNumber: number };
  });
}
