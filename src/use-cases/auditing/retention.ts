/**
 * Removes data whose retention period has ended, and leaves tombstones in the ledger. Records of care are removed a
 * number of years after the patient's last activity (a child's not before the 26th birthday), refused submissions after
 * the same time, and audit records when nothing that they concern is stored any more.
 * @see https://transform.england.nhs.uk/information-governance/guidance/records-management-code/
 */
import { openLedgerKey } from '../../engines/ledger/keys';
import { SHORTEST_DAYS } from '../../engines/ledger/removed';
import { sealThrough } from '../../engines/ledger/seal-through';
import {
  keptRows,
  writeRun,
  writeTombstones,
  type KeptRow,
  type Tombstone,
} from '../../engines/ledger/tombstone';
import type { Database, Queryable } from '../../platform/postgres';
import { monthAhead } from '../../engines/store/audit-partitions';
import {
  dropEmptyMonths,
  expiredAuditRecords,
  expiredPatients,
  expiredSubmissions,
  removeAuditRecords,
  removeSubmissions,
  removeUnusedDocuments,
  sharedPatients,
  submissionsOfPatients,
  type Cutoff,
  type RetainedTables,
  type SealedRecord,
} from '../../engines/store/retention';

export interface RetentionOptions {
  database: Database;
  tables: RetainedTables;
  auditKey: Buffer;
  /** Data older than this may be removed, in milliseconds. */
  olderThanMillis: number;
  now: Date;
  newId: () => string;
  /** Makes submissions for these patients wait until the transaction ends. */
  lockPatients: (tx: Queryable, ids: readonly string[]) => Promise<void>;
  /** Does everything and then rolls back: it counts, and removes nothing. */
  dryRun: boolean;
}

export interface RetentionResult {
  patients: number;
  submissions: number;
  /** Rows of resources, their histories and their documents' records. */
  rows: number;
  documents: number;
  documentBytes: number;
  auditRecords: number;
  /** Patients whose data is kept because one of their submissions also concerns other patients. */
  heldBack: number;
  monthsDropped: string[];
}

const CHILD_YEARS = 26;
const PATIENTS_AT_ONCE = 50;
const RECORDS_AT_ONCE = 2_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** @throws SealingHeldBack when the record of the run cannot be sealed; nothing has been removed then */
export async function applyRetention(given: RetentionOptions): Promise<RetentionResult> {
  const { database, now } = given;
  const options: Applied = { ...given, run: await beginRun(given) };
  const result: RetentionResult = {
    patients: 0,
    submissions: 0,
    rows: 0,
    documents: 0,
    documentBytes: 0,
    auditRecords: 0,
    heldBack: 0,
    monthsDropped: [],
  };
  await removePatients(options, result);
  await removeOthers(options, result);
  await removeAudit(options, result);
  await removeDocuments(options, result);
  if (!options.dryRun) result.monthsDropped = await dropEmptyMonths(database, monthAhead(now, 0).table);
  return result;
}

interface Applied extends RetentionOptions {
  /** The id of the run, by which its tombstones name it. */
  run: string;
}

const DAY_MILLIS = 86_400_000;

/** Writes into the ledger what the run will remove, and waits until that record is sealed. */
async function beginRun(options: RetentionOptions): Promise<string> {
  const { database, tables, olderThanMillis, now, newId, auditKey, dryRun } = options;
  const olderThanDays = Math.floor(olderThanMillis / DAY_MILLIS);
  if (olderThanDays < SHORTEST_DAYS)
    throw new RangeError(`the retention period must be at least ${SHORTEST_DAYS} days`);
  const id = newId();
  if (dryRun) return id;
  const xid = BigInt(await writeRun(database, { id, startedAt: now, olderThanDays }, auditKey));
  const key = await openLedgerKey(database);
  await sealThrough({ database, key, tables, now: () => now }, xid);
  return id;
}

/** Thrown to roll back a dry run. */
const takenBack = new Error('a dry run');

async function transaction(
  { database, dryRun }: Applied,
  work: (tx: Queryable) => Promise<void>,
): Promise<void> {
  try {
    await database.transaction(async (tx) => {
      await work(tx);
      if (dryRun) throw takenBack;
    });
  } catch (error) {
    if (error !== takenBack) throw error;
  }
}

function cutoffOf({ now, olderThanMillis }: RetentionOptions): Cutoff {
  const bornBefore = new Date(now);
  bornBefore.setUTCFullYear(bornBefore.getUTCFullYear() - CHILD_YEARS);
  return { before: new Date(now.getTime() - olderThanMillis), bornBefore };
}

async function removePatients(options: Applied, result: RetentionResult): Promise<void> {
  const { database, tables } = options;
  const cutoff = cutoffOf(options);
  for (let after = FIRST_ID; ;) {
    const found = await expiredPatients(database, tables, cutoff, after, PATIENTS_AT_ONCE);
    const last = found.at(-1);
    if (last === undefined) return;
    await transaction(options, async (tx) => {
      await options.lockPatients(tx, found);
      const still = new Set(await expiredPatients(tx, tables, cutoff, after, PATIENTS_AT_ONCE));
      const shared = await sharedPatients(tx, tables, found);
      const patients = found.filter((id) => still.has(id) && !shared.has(id));
      const mine = await submissionsOfPatients(tx, patients);
      result.heldBack += found.length - patients.length;
      // A tombstone can only name what is sealed. Unsealed data waits for the next run.
      if (mine.some(({ seal }) => seal === null)) return;
      result.patients += patients.length;
      await remove(tx, options, result, {
        submissions: mine,
        patients,
        policy: 'the retention period of the patient has ended',
      });
    });
    after = last;
  }
}

async function removeOthers(options: Applied, result: RetentionResult): Promise<void> {
  const { database, tables, dryRun } = options;
  const { before } = cutoffOf(options);
  for (;;) {
    const limit = dryRun ? 1_000_000 : RECORDS_AT_ONCE;
    const found = await expiredSubmissions(database, tables, before, limit);
    if (found.length === 0) return;
    await transaction(options, (tx) =>
      remove(tx, options, result, {
        submissions: found,
        patients: [],
        policy: 'a submission that belongs to no patient, after its retention period',
      }),
    );
    if (dryRun) return;
  }
}

/** Data to remove, and the retention rule that applies to it. */
interface Expired {
  submissions: readonly SealedRecord[];
  patients: readonly string[];
  policy: string;
}

async function remove(
  tx: Queryable,
  { tables, newId, now, auditKey, run }: Applied,
  result: RetentionResult,
  { submissions, patients, policy }: Expired,
): Promise<void> {
  result.submissions += submissions.length;
  if (submissions.length === 0) return;
  const ids = submissions.map(({ id }) => id);
  const { rows, kept, marks } = await removeSubmissions(tx, tables, ids, patients);
  result.rows += rows;
  const tombstones: Tombstone[] = [];
  for (const [seal, removed] of bySeal([...submissions, ...marks])) {
    const stays = removed.flatMap((submission) => kept.get(submission) ?? []);
    const keptHere: Record<string, KeptRow[]> = {};
    for (const [table, row] of await keptRows(
      tx,
      tables,
      stays.map(([table, id, version]) => ({ table, id, version })),
    ))
      keptHere[table] = [...(keptHere[table] ?? []), row];
    tombstones.push({ id: newId(), seal, removed, kept: keptHere, removedAt: now, policy, run });
  }
  await writeTombstones(tx, tombstones, auditKey);
}

async function removeAudit(options: Applied, result: RetentionResult): Promise<void> {
  const { database, tables, newId, now, auditKey, run } = options;
  const { before } = cutoffOf(options);
  for (let after = FIRST_ID; ;) {
    const found = await expiredAuditRecords(database, tables, before, after, RECORDS_AT_ONCE);
    const last = found.at(-1);
    if (last === undefined) return;
    const expired = found.filter((record) => record.expired && record.seal !== null);
    result.auditRecords += expired.length;
    if (expired.length > 0)
      await transaction(options, async (tx) => {
        await removeAuditRecords(
          tx,
          expired.map(({ id }) => id),
        );
        const tombstones = [...bySeal(expired)].map(([seal, removed]): Tombstone => ({
          id: newId(),
          seal,
          removed,
          kept: {},
          removedAt: now,
          policy: 'an audit record about no stored resource, after its retention period',
          run,
        }));
        await writeTombstones(tx, tombstones, auditKey);
      });
    after = last.id;
  }
}

async function removeDocuments(options: Applied, result: RetentionResult): Promise<void> {
  for (let after: Buffer | undefined = Buffer.alloc(0); after;) {
    const place: Buffer = after;
    await transaction(options, async (tx) => {
      const { documents, bytes, last } = await removeUnusedDocuments(tx, place, 100);
      result.documents += documents;
      result.documentBytes += bytes;
      after = last;
    });
  }
}

function bySeal(records: readonly SealedRecord[]): Map<string, string[]> {
  const seals = new Map<string, string[]>();
  for (const { id, seal } of records) if (seal !== null) seals.set(seal, [...(seals.get(seal) ?? []), id]);
  return seals;
}
