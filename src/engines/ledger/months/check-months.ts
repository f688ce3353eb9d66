/**
 * Checks the months that were dropped from the database: that the sealed leaves of each are those that were exported,
 * that its records are not there again, and that its file is in the store and proves them.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Faults } from '../fault';
import type { ExaminedSeal } from '../examine';
import { leafOf } from '../records';
import { compareMonthFile } from './compare-month-file';
import { isDrop, readMonthRecords, type StoredMonthRecord } from './month-records';
import type { Queryable } from '../../../platform/postgres';

/** Reads a file of the store; `missing` when it is not there, `unset` when no place is configured. */
export type ReadMonthFile = (name: string) => Promise<AsyncIterable<Buffer> | 'missing' | 'unset'>;

/** What one verification has seen of a dropped month. */
interface Account {
  record: StoredMonthRecord;
  leaves: Hash;
  records: number;
  /** Records that are in the database although the month was dropped. */
  present: number;
  /** False when the month was dropped while the verification ran, after it had passed its first seal. */
  isWhole: boolean;
}

export type MonthAccounts = Map<string, Account>;

/** Adds a seal to the accounts of the months that it covers. */
export function account(
  accounts: MonthAccounts,
  dropped: ReadonlyMap<string, StoredMonthRecord>,
  { seal, found, ofDropped }: Pick<ExaminedSeal, 'seal' | 'found' | 'ofDropped'>,
): void {
  for (const [month, record] of dropped) {
    const isWhole = seal <= record.firstSeal;
    const known = accounts.get(month);
    // A month that was exported and dropped again has a new record of the same content.
    if (known) known.record = record;
    else accounts.set(month, { record, leaves: createHash('sha256'), records: 0, present: 0, isWhole });
  }
  if (ofDropped.size === 0) return;
  const present = new Set(found.flatMap(({ kind, id }) => (kind === 'audit' ? [id] : [])));
  for (const [month, records] of ofDropped) {
    const here = accounts.get(month);
    if (!here) continue;
    here.records += records.length;
    for (const record of records) {
      here.leaves.update(leafOf(record));
      if (present.has(record.id)) here.present += 1;
    }
  }
}

/** How long a check that must not run long may read files, in milliseconds. */
const SHORT_MILLIS = 5_000;

/** Where the next short check begins, so that each month has its turn although the time is up before the last one. */
export interface MonthTurn {
  first?: string | undefined;
}

interface MonthCheck {
  readFile: ReadMonthFile;
  /** PEM. */
  publicKey: string;
  /** False to skip what runs long. */
  thorough: boolean;
  turn?: MonthTurn | undefined;
  faults: Faults;
}

/** @returns the months whose files could not be compared now */
export async function checkMonths(
  accounts: MonthAccounts,
  { readFile, publicKey, thorough, turn = {}, faults }: MonthCheck,
): Promise<string[]> {
  const deadline = Date.now() + (thorough ? Infinity : SHORT_MILLIS);
  const notCompared: string[] = [];
  const add = (text: string): void => faults.add({ kind: 'month', text });
  const inTurn = from(turn.first, [...accounts]);
  let waiting: string | undefined;
  for (const [month, { record, leaves, records, present, isWhole }] of inTurn) {
    if (!isWhole) notCompared.push(month);
    else if (records !== record.records || !leaves.copy().digest().equals(record.leaves))
      add(
        `The audit records of ${month} that were sealed are not those that were exported before they were dropped.`,
      );
    if (present > 0)
      add(
        `${present} audit records of ${month} are in the database again, although the month was dropped. They come from an older dump. Run homeward audit-months drop ${month}.`,
      );
    const fault = await faultOfFile(record, { readFile, publicKey }, deadline);
    // One that takes longer than a whole check lets the others go first.
    if (fault === 'not compared' && month !== inTurn[0]?.[0]) waiting ??= month;
    if (fault === 'not compared') notCompared.push(month);
    else if (fault !== undefined) add(`The file ${record.file} with the audit records of ${month} ${fault}.`);
  }
  turn.first = waiting;
  return [...new Set(notCompared)].sort();
}

/** The same months, beginning with this one. */
function from<T>(
  first: string | undefined,
  months: readonly (readonly [string, T])[],
): (readonly [string, T])[] {
  const at = Math.max(
    months.findIndex(([month]) => month === first),
    0,
  );
  return [...months.slice(at), ...months.slice(0, at)];
}

async function faultOfFile(
  record: StoredMonthRecord,
  { readFile, publicKey }: Pick<MonthCheck, 'readFile' | 'publicKey'>,
  deadline: number,
): Promise<string | undefined> {
  try {
    const pieces = await readFile(record.file);
    if (pieces === 'unset') return 'not compared';
    if (pieces === 'missing') return 'is missing in AUDIT_MONTHS_STORE';
    const fault = await compareMonthFile(until(deadline, pieces), record, publicKey);
    return fault === undefined ? undefined : 'was changed in AUDIT_MONTHS_STORE';
  } catch {
    // The store does not answer, or the time is up.
    return 'not compared';
  }
}

/** Passes the pieces on until the time is up. @throws then */
async function* until(deadline: number, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    if (Date.now() > deadline) throw new Error('the time is up');
    yield piece;
  }
}

/** Reports the records of drops that do not count. */
export async function checkDrops(db: Queryable, auditKey: Buffer, faults: Faults): Promise<void> {
  const records = await readMonthRecords(db, auditKey);
  for (const record of records)
    if (record.act === 'dropped' && !isDrop(record, records))
      faults.add({
        kind: 'month',
        record: { kind: 'month', id: record.id },
        text: `The record that the audit records of ${record.month} were dropped has no sealed export before it.`,
      });
}
