/**
 * Reads from the file of a month who has done what to one patient's data. The file is read piece by piece and compared
 * with the SHA-256 that the ledger has. Memory holds the newest rows that were asked for, at most twice as many.
 */
import { remarkIn, type AccessQuery, type AccessRecord } from '../../../engines/store/access-report';
import type { MonthFiles } from '../../../engines/store/month-files';
import { readMonthLines } from '../../../engines/ledger/months/month-file';
import type { StoredMonthRecord } from '../../../engines/ledger/months/month-records';
import { valuesOfRow } from '../../../engines/ledger/months/row-text';
import { isDamage, uncompressed } from '../../../engines/ledger/months/verify-month-file';
import { hashing } from '../../../platform/hash-pieces';
import { inTurn } from '../../../platform/in-turn';

/** Why a file cannot be used, as the end of a sentence about it. */
export class UnusableFile extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'UnusableFile';
  }
}

/** How long a reading waits for another one of the same process, in milliseconds. */
const TURN_MILLIS = 60_000;

/**
 * Newest first, at most `query.limit`.
 * @throws UnusableFile when it is missing or was altered, or its store does not answer
 */
export async function readAccess(
  files: Pick<MonthFiles, 'read'>,
  { file, sha256: expected }: Pick<StoredMonthRecord, 'file' | 'sha256'>,
  query: AccessQuery,
  gone: AbortSignal,
): Promise<AccessRecord[]> {
  return inTurn(['audit-month'], TURN_MILLIS, async () => {
    const newest = newestOf(query);
    let sha256: Buffer | undefined;
    try {
      const pieces = await files.read(file);
      if (pieces === 'unset') throw new UnusableFile('cannot be read, because AUDIT_MONTHS_STORE is not set');
      if (pieces === 'missing') throw new UnusableFile('is missing');
      const hashed = hashing(pieces, (digest) => {
        sha256 = digest;
      });
      let columns: readonly string[] = [];
      for await (const line of readMonthLines(uncompressed(hashed), Buffer.from(query.patient))) {
        gone.throwIfAborted();
        if (line.kind === 'shape') columns = columnsIn(line.value);
        const record = line.kind === 'row' ? recordOf(line.value, columns, query.patient) : undefined;
        if (record) newest.add(record);
      }
    } catch (error) {
      if (error instanceof UnusableFile || gone.aborted) throw error;
      throw new UnusableFile(isDamage(error) ? 'is damaged' : 'cannot be read at the moment');
    }
    if (!sha256?.equals(expected)) throw new UnusableFile('was changed');
    return newest.list();
  });
}

function columnsIn(shape: string): readonly string[] {
  const { tables } = JSON.parse(shape) as { tables?: Record<string, readonly string[]> };
  return tables?.audit_record ?? [];
}

/** Undefined when the record is not about the patient. */
function recordOf(row: string, columns: readonly string[], patient: string): AccessRecord | undefined {
  const values = valuesOfRow(row) ?? [];
  const value = (column: string): string | null => values[columns.indexOf(column)] ?? null;
  if (!(value('patient') ?? '').slice(1, -1).split(',').includes(patient)) return undefined;
  return {
    id: value('id') ?? '',
    at: momentOf(value('last_updated') ?? ''),
    action: value('action') ?? '',
    interaction: value('interaction') ?? '',
    outcome: value('outcome') ?? '',
    clientId: value('client_id'),
    organisation: value('organisation'),
    endUserOrganisation: value('end_user_organisation'),
    userName: value('user_name'),
    userReference: value('user_reference'),
    target: value('target'),
    submissionId: value('submission_id'),
    breakGlass: value('break_glass'),
    requestId: value('request_id') ?? '',
    remark: remarkIn(value('content') ?? ''),
    identifier: null,
  };
}

/** `2026-03-01 09:00:00.123+00`, as PostgreSQL writes it with the fixed forms of the ledger. */
const momentOf = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00`);

/** Keeps the newest records that the query asks for. */
function newestOf({ from, to, before, limit }: AccessQuery): {
  add(record: AccessRecord): void;
  list(): AccessRecord[];
} {
  let kept: AccessRecord[] = [];
  const isAsked = (record: AccessRecord): boolean =>
    (from === undefined || record.at >= from) &&
    (to === undefined || record.at < to) &&
    (before === undefined || newestFirst(before, record) < 0);
  const list = (): AccessRecord[] => kept.sort(newestFirst).slice(0, limit);
  return {
    add: (record) => {
      if (!isAsked(record)) return;
      kept.push(record);
      if (kept.length >= 2 * limit) kept = list();
    },
    list,
  };
}

/** The order of the access report. */
export function newestFirst(a: Pick<AccessRecord, 'at' | 'id'>, b: Pick<AccessRecord, 'at' | 'id'>): number {
  return b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
