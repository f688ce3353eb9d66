/**
 * Exports a closed month of the audit trail: writes the file, puts it into the store, reads it back and verifies it, and
 * records the export in the ledger. Nothing is removed. A run that was interrupted is repeated from the start: the same
 * records make the same file.
 * @see docs/audit-months.md
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { monthLines, MONTH_FORMAT } from '../../../engines/ledger/months/month-file';
import type { ExportedMonth } from '../../../engines/ledger/months/month-records';
import { MonthFault, type MonthSink, type ReadMonth } from '../../../engines/ledger/months/read-month';
import { ensurePartitions, monthsInDatabase, partitionOf } from '../../../engines/store/audit-partitions';
import { monthFileName } from '../../../engines/store/month-files';
import { hashing } from '../../../platform/hash-pieces';
import { waitingWriter } from '../../../platform/waiting-writer';
import {
  checkStored,
  CLOSED_AFTER_DAYS,
  isClosed,
  readMonths,
  readWhole,
  recordMonth,
  type MonthWork,
} from './month-work';

export interface ExportOptions extends MonthWork {
  /** A folder for the file until it is in the store. What is in it is removed first. */
  workFolder: string;
}

/** @returns the export, and whether it is a new one: the same file may have been exported before */
export async function exportMonth(
  options: ExportOptions,
  month: string,
): Promise<{ exported: ExportedMonth; isNew: boolean }> {
  const { session, files, workFolder, newId, now } = options;
  const { dropped, lastExport } = await readMonths(options);
  if (dropped.has(month))
    throw new MonthFault(
      `${month} was exported and dropped already. Its file is ${dropped.get(month)!.file}.`,
    );
  if (!isClosed(month, now()))
    throw new MonthFault(
      `${month} is not closed yet. A month can be exported ${CLOSED_AFTER_DAYS} days after its end.`,
    );
  if (files.place === undefined)
    throw new MonthFault('AUDIT_MONTHS_STORE is not set. Name a folder or s3://….');
  if (!(await monthsInDatabase(session)).includes(month))
    throw new MonthFault(`There are no audit records of ${month} in the database.`);
  // Records that came before their month had a partition are in the default one.
  await ensurePartitions(session, [partitionOf(month)]);
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const path = join(workFolder, `audit-${month}.jsonl.gz`);
  try {
    const written = await writeFile(options, month, path, dropped.values());
    const exported = { month, file: monthFileName(month, written.sha256), ...written };
    await files.put(exported.file, path);
    await checkStored(options, exported);
    const before = lastExport(month);
    if (before?.sha256.equals(exported.sha256)) return { exported, isNew: false };
    await recordMonth(options, { ...exported, id: newId(), act: 'exported', exported: null, madeAt: now() });
    return { exported, isNew: true };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

type Written = Omit<ExportedMonth, 'month' | 'file'>;

async function writeFile(
  options: ExportOptions,
  month: string,
  path: string,
  dropped: Iterable<ExportedMonth>,
): Promise<Written> {
  const gzip = createGzip();
  const file = { sha256: Buffer.alloc(0), bytes: 0 };
  const done = pipeline(
    gzip,
    (pieces: AsyncIterable<Buffer>) =>
      hashing(pieces, (sha256, bytes) => {
        Object.assign(file, { sha256, bytes });
      }),
    createWriteStream(path, { mode: 0o600 }),
  );
  const write = waitingWriter(gzip, done);
  const { line, footer } = monthLines();
  let seals = 0;
  const sink: MonthSink = {
    shape: (shape) => write(line({ shape })),
    seal: ({ seal, head, signature, bytes }, removed) => {
      seals += 1;
      const leaves = bytes.toString('base64');
      return write(line({ seal, head, signature, leaves, ...(removed.length > 0 ? { removed } : {}) }));
    },
    row: (row) => write(line({ row })),
  };
  let read: ReadMonth;
  try {
    await write(line({ format: MONTH_FORMAT, month, publicKey: options.key.publicKey }));
    read = await readWhole(options, month, dropped, (work) => options.session.transaction(work), sink);
    const { firstSeal, lastSeal, records: rows, removed } = read;
    await write(footer({ month, firstSeal, lastSeal, seals, rows, removed }, options.key.sign));
    gzip.end();
  } catch (error) {
    gzip.destroy();
    throw error;
  }
  await done;
  const { removed: _, ...counted } = read;
  return { ...file, ...counted };
}
