/**
 * Writes the audit trail: durable before the answer goes out, in groups. The first event to come is written at once,
 * together with those of the same turn; those that come while it is being written go in the next group. So there is
 * no waiting where there is little to do, and one statement for many where there is much: under load a group waits a
 * moment for most of the requests that are under way, since a statement costs more than the rows in it.
 * @see docs/decisions/0012-audit-trail.md
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Patients } from '../../definitions/patients';
import { bucketOf, type NewId } from '../../platform/ids';
import type { Database } from '../../platform/postgres';
import { DatabaseUnavailable, meansDatabaseAway } from '../../platform/postgres';
import { insertAuditRows } from '../../engines/store/audit';
import type { AuditedPatient, AuditFacts } from './audit-facts';
import { AUDIT_COLUMNS, auditRow, patientsOf, type AuditRow } from './audit-record';

export interface RecorderOptions {
  database: Database;
  /** For the proof that a record is the server's. */
  key: Buffer;
  patients: Pick<Patients, 'type' | 'idOf'>;
  /** The NHS numbers of patients known by their ids only. */
  nhsNumbersOf: (ids: readonly string[]) => Promise<Map<string, string>>;
  newId: NewId;
  now: () => Date;
  /** Takes note of what was written, until it is sealed. */
  witness?: { recorded(rows: readonly AuditRow[], xid: string): void };
}

export interface Recorder {
  /** Resolves when the event is durable. @throws DatabaseUnavailable where it can't be written: answer 503 */
  record(facts: AuditFacts): Promise<void>;
  /** Says that a request has come that will be recorded. @returns to be called when it is answered */
  expect(): () => void;
  /** The event as rows, for a transaction of the caller's own. Knows no NHS numbers but those it is given. */
  rows(facts: AuditFacts): { table: string; columns: readonly string[]; rows: AuditRow[] };
}

interface Waiting {
  facts: AuditFacts;
  written: () => void;
  failed: (error: unknown) => void;
}

/** A group waits for others only where so many requests are under way … */
const MANY_UNDER_WAY = 8;
/** … until it has so much of them … */
const MOST_OF_THEM = 0.8;
/** … and no longer than this. */
const GATHER_MILLIS = 3;

/** Rows in one statement at most: what it takes to write them must not become a long wait for the first. */
const LARGEST_GROUP = 500;

export function createRecorder(options: RecorderOptions): Recorder {
  const { known, remember, learn } = patientNumbers(options);
  let waiting: Waiting[] = [];
  let busy = false;
  let underWay = 0;
  let gathered: (() => void) | undefined;

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
      // One that can't be written must not take the others with it.
      if (group.length > 1 && !meansDatabaseAway(error)) for (const each of group) await write([each]);
      else for (const { failed } of group) failed(unavailable(error));
    }
  };

  const isWorthWaiting = (): boolean =>
    underWay >= MANY_UNDER_WAY && waiting.length < underWay * MOST_OF_THEM;

  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MILLIS);
      gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const drain = async (): Promise<void> => {
    busy = true;
    await nextTurn();
    while (waiting.length > 0) {
      if (isWorthWaiting()) await gather();
      const group = waiting.slice(0, LARGEST_GROUP);
      waiting = waiting.slice(group.length);
      await write(group);
    }
    busy = false;
  };

  return {
    record: (facts) =>
      new Promise((written, failed) => {
        waiting.push({ facts, written, failed });
        if (!busy) void drain();
        else if (!isWorthWaiting()) gathered?.();
      }),
    expect: () => {
      underWay += 1;
      return () => {
        underWay -= 1;
      };
    },
    rows: (facts) => ({ table: 'audit_record', columns: AUDIT_COLUMNS, rows: [rowOf(facts)] }),
  };
}

/** The NHS numbers of patients, by id: those that were met lately are remembered, others are asked of the database. */
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

/** A record about one patient has the patient's bucket; about none or several, a random one. */
function bucketOfOne(patients: readonly AuditedPatient[]): number | undefined {
  const ids = patients.flatMap(({ id }) => id ?? []);
  return ids.length === 1 ? bucketOf(ids[0]!) : undefined;
}

/** Whatever kept the record from being written, the answer it belongs to can't go out now. */
function unavailable(error: unknown): DatabaseUnavailable {
  return error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable(error);
}

/** Forgets the oldest when it is full. */
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
