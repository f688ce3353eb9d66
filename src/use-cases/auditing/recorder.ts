/**
 * Writes the audit trail. Each record is durable before its answer is sent. Records are written in groups
 * (`platform/in-groups.ts`): a quiet server does not wait, and a busy server writes many records with one statement.
 * @see docs/decisions/0012-audit-trail.md
 */
import type { Patients } from '../../definitions/patients';
import { bucketOf, type NewId } from '../../platform/ids';
import { inGroups } from '../../platform/in-groups';
import type { Queryable } from '../../platform/postgres';
import { DatabaseUnavailable, meansDatabaseAway } from '../../platform/postgres';
import { insertAuditRows } from '../../engines/store/audit';
import type { AuditedPatient, AuditFacts } from './audit-facts';
import { AUDIT_COLUMNS, auditRow, patientsOf, type AuditRow } from './audit-record';

export interface RecorderOptions {
  database: Queryable;
  /** The key that proves that this server wrote the record. */
  key: Buffer;
  patients: Pick<Patients, 'type' | 'idOf'>;
  /** Returns the NHS numbers of patients of whom only the id is known. */
  nhsNumbersOf: (ids: readonly string[]) => Promise<Map<string, string>>;
  newId: NewId;
  now: () => Date;
  /** Remembers the written rows until they are sealed. */
  witness?: { recorded(rows: readonly AuditRow[], xid: string): void };
  /** Called for each record that has become durable, with the time that its answer waited for it. */
  onWritten?: ((seconds: number) => void) | undefined;
}

export interface Recorder {
  /** Resolves when the event is durable. @throws DatabaseUnavailable when it cannot be written: answer 503 */
  record(facts: AuditFacts): Promise<void>;
  /** Announces a request that will be recorded. @returns a function to call when the request is answered */
  expect(): () => void;
  /** Returns the event as rows, for a transaction of the caller. The rows contain only the NHS numbers in `facts`. */
  rows(facts: AuditFacts): { table: string; columns: readonly string[]; rows: AuditRow[] };
}

interface Waiting {
  facts: AuditFacts;
  written: () => void;
  failed: (error: unknown) => void;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { known, remember, learn } = patientNumbers(options);
  const rowOf = (facts: AuditFacts): AuditRow => {
    const recorded = options.now();
    const patients = patientsOf(facts, options.patients.idOf, known);
    remember(patients);
    return auditRow(facts, {
      id: options.newId(bucketOfOne(patients), recorded.getTime()),
      recorded,
      patients,
      patientType: options.patients.type,
      key: options.key,
    });
  };
  const write = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await learn(group);
      const rows = group.map(({ facts }) => rowOf(facts));
      const xid = await insertAuditRows(options.database, AUDIT_COLUMNS, rows);
      options.witness?.recorded(rows, xid);
      for (const { written } of group) written();
    } catch (error) {
      // A record that cannot be written must not stop the others, so each is written separately.
      if (group.length > 1 && !meansDatabaseAway(error)) for (const each of group) await write([each]);
      else for (const { failed } of group) failed(unavailable(error));
    }
  };

  const groups = inGroups(write);
  return {
    record: (facts) =>
      new Promise((resolve, failed) => {
        const since = performance.now();
        const written = (): void => {
          options.onWritten?.((performance.now() - since) / 1000);
          resolve();
        };
        groups.add({ facts, written, failed });
      }),
    expect: groups.expect,
    rows: (facts) => ({ table: 'audit_record', columns: AUDIT_COLUMNS, rows: [rowOf(facts)] }),
  };
}

/** Finds the NHS numbers of patients by id. Recent results are remembered; the others are read from the database. */
function patientNumbers({
  patients: { idOf },
  nhsNumbersOf,
}: Pick<RecorderOptions, 'patients' | 'nhsNumbersOf'>): {
  known(id: string): string | undefined;
  remember(patients: readonly AuditedPatient[]): void;
  learn(group: readonly Waiting[]): Promise<void>;
} {
  const numbers = boundedMap<string, string>(20_000);
  const remember = (patients: readonly AuditedPatient[]): void => {
    for (const { id, nhsNumber } of patients)
      if (id !== undefined && nhsNumber !== undefined) numbers.set(id, nhsNumber);
  };

  const learn = async (group: readonly Waiting[]): Promise<void> => {
    const unknown = new Set<string>();
    for (const { facts } of group)
      for (const id of facts.patients ?? []) if (numbers.get(id) === undefined) unknown.add(id);
    if (unknown.size === 0) return;
    for (const { facts } of group)
      for (const number of facts.nhsNumbers ?? []) {
        if (!/^\d{10}$/.test(number)) continue;
        const id = idOf(number);
        if (unknown.delete(id)) numbers.set(id, number);
      }
    if (unknown.size === 0) return;
    for (const [id, number] of await nhsNumbersOf([...unknown])) numbers.set(id, number);
  };

  return { known: (id) => numbers.get(id), remember, learn };
}

/**
 * The bucket of a record: the patient's when the record is about one patient. Otherwise undefined, and a random one is
 * used.
 */
function bucketOfOne(patients: readonly AuditedPatient[]): number | undefined {
  const ids = patients.flatMap(({ id }) => id ?? []);
  return ids.length === 1 ? bucketOf(ids[0]!) : undefined;
}

/** Whatever the cause, an answer cannot be sent when its record was not written. */
function unavailable(error: unknown): DatabaseUnavailable {
  return error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable(error);
}

/** A map of limited size. When it is full, it removes its oldest entry. */
function boundedMap<K, V>(size: number): { get(key: K): V | undefined; set(key: K, value: V): void } {
  const entries = new Map<K, V>();
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      if (!entries.has(key) && entries.size >= size) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      entries.set(key, value);
    },
  };
}
