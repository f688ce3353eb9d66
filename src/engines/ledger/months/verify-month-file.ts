/**
 * Verifies the file of an exported month without a database: every row has its digest under a signed head, the heads
 * follow one another, no record of the month under these heads is missing, and the ledger's key has signed that the file
 * is whole: its first and last seal, its counts, and every byte.
 */
import { createHash, type Hash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { chainStart, checkHead, isSealed, type ChainPlace } from '../check-heads';
import { Faults, type Fault } from '../fault';
import { readHead, type SignedHead } from '../head';
import { readPublicKey, type PublicKey } from '../keys';
import { checkKnownHeads, headsBeside } from '../known-heads';
import { decodeRecords, leafOf, recordsOf, type LedgerRecord } from '../records';
import { hashOfShape } from '../sealed-columns';
import {
  footerText,
  readMonthLines,
  type MonthCounts,
  type MonthFooter,
  type MonthLine,
  type MonthSeal,
} from './month-file';

export interface MonthVerification {
  status: 'pass' | 'fail';
  /** `2026-03` */
  month: string;
  /** The audit records in the file, and those that retention had removed before the export. */
  records: number;
  removed: number;
  seals: number;
  firstSeal: number;
  lastSeal: number;
  /** SHA-256 of the leaves of the records, in hexadecimal. */
  leaves: string;
  /** How many of the known heads are those of a seal in the file. */
  headsCompared: number;
  key: { id: string; publicKey: string };
  faultCount: number;
  faults: Fault[];
}

export interface VerifyMonthOptions {
  /** PEM. Without one the key in the file is used, and the reader of the result must compare that key. */
  publicKey?: string | undefined;
  /** Heads that an anchor stored; those of other seals are left out. */
  knownHeads?: readonly SignedHead[];
  /** True where the ledger has the SHA-256 of the file: an earlier version may have exported it without signing it. */
  mayBeUnsigned?: boolean;
}

/** The state of a verification in progress. */
interface Pass {
  month: string;
  key: PublicKey;
  pem: string;
  faults: Faults;
  place: ChainPlace;
  shape: string | undefined;
  heads: ReturnType<typeof headsBeside>;
  /** The records of the month under the current seal whose rows have not come yet, the next one last. */
  expected: LedgerRecord[];
  mayBeUnsigned: boolean;
  counts: Pick<MonthCounts, 'seals' | 'rows' | 'removed'>;
  firstSeal: number;
  leaves: Hash;
  isEnded: boolean;
}

/** @returns undefined when the file is not an exported month, or its key cannot be read */
export async function verifyMonthFile(
  compressed: AsyncIterable<Buffer>,
  options: VerifyMonthOptions = {},
): Promise<MonthVerification | undefined> {
  const { knownHeads = [] } = options;
  let pass: Pass | undefined;
  try {
    for await (const line of readMonthLines(uncompressed(compressed))) {
      if (pass) checkLine(pass, line);
      else pass = begin(line, options);
      if (!pass) return undefined;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (!pass) return undefined;
    pass.faults.add({ kind: 'cut', text: 'The file is damaged or incomplete. It cannot be uncompressed.' });
    pass.isEnded = true;
  }
  if (!pass) return undefined;
  endSeal(pass);
  const { faults, key, counts, firstSeal, heads } = pass;
  if (!pass.isEnded) faults.add({ kind: 'cut', text: 'The file is incomplete. Its last line is missing.' });
  const lastSeal = pass.place.seal;
  const inFile = knownHeads.filter(({ head }) => {
    const seal = readHead(head)?.seal ?? 0;
    return seal >= firstSeal && seal <= lastSeal;
  });
  await checkKnownHeads(inFile, key, async () => heads.kept, faults);
  return {
    status: faults.count === 0 ? 'pass' : 'fail',
    month: pass.month,
    records: counts.rows,
    removed: counts.removed,
    seals: counts.seals,
    firstSeal,
    lastSeal,
    leaves: pass.leaves.digest('hex'),
    headsCompared: inFile.length,
    key: { id: key.id, publicKey: pass.pem },
    faultCount: faults.count,
    faults: faults.list,
  };
}

/** The pieces of a file of gzip, uncompressed. */
export async function* uncompressed(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const done = pipeline(Readable.from(pieces), gunzip);
  // Whoever reads the pieces gets the error.
  done.catch(() => undefined);
  for await (const piece of gunzip) yield piece as Buffer;
  await done;
}

/** True for an error that says that the bytes are not those of a file that an export wrote. */
export function isDamage(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return error instanceof RangeError || (typeof code === 'string' && /^Z_/.test(code));
}

function begin(
  line: MonthLine,
  { publicKey, knownHeads = [], mayBeUnsigned = false }: VerifyMonthOptions,
): Pass | undefined {
  if (line.kind !== 'header') return undefined;
  const pem = publicKey ?? line.value.publicKey;
  const key = readPublicKey(pem);
  if (!key) return undefined;
  return {
    month: line.value.month,
    key,
    pem,
    faults: new Faults(),
    place: chainStart,
    shape: undefined,
    heads: headsBeside(knownHeads),
    expected: [],
    mayBeUnsigned,
    counts: { seals: 0, rows: 0, removed: 0 },
    firstSeal: 0,
    leaves: createHash('sha256'),
    isEnded: false,
  };
}

function checkLine(pass: Pass, line: MonthLine): void {
  const { faults } = pass;
  if (pass.isEnded)
    return faults.addOnce({ kind: 'inserted', text: 'The file goes on after its last line.' });
  switch (line.kind) {
    case 'row':
      return checkRow(pass, line.value);
    case 'shape':
      pass.shape = hashOfShape(line.value);
      return;
    case 'seal':
      endSeal(pass);
      return checkSeal(pass, line.value);
    case 'footer':
      endSeal(pass);
      return checkFooter(pass, line);
    default:
      faults.add({ kind: 'changed', text: 'A line of the file cannot be read.' });
  }
}

function checkSeal(pass: Pass, { seal, head: text, signature, leaves, removed = [] }: MonthSeal): void {
  const { faults, key } = pass;
  const { previous = null, total = 0, records: count = 0, upto = '' } = readHead(text) ?? {};
  if (pass.counts.seals === 0) {
    pass.firstSeal = seal;
    // The seals before are in no file of this month.
    pass.place = { ...chainStart, seal: seal - 1, hash: previous, total: total - count };
  }
  const linked = { seal, upto, head: text, signature };
  const { head, place } = checkHead(linked, pass.place, checkerOf(key), faults);
  pass.place = place;
  pass.heads.note(seal, text);
  pass.counts.seals += 1;
  const records = decodeRecords(Buffer.from(leaves, 'base64'));
  if (!head) return;
  if (!records || !isSealed(records, head)) {
    faults.add({ kind: 'head-changed', seal, text: 'The list of records was changed after it was signed.' });
    return;
  }
  const { here, gone } = recordsOf(pass.month, records, new Set(removed));
  pass.expected = here.reverse();
  pass.counts.removed += gone.length;
  if (pass.expected.length > 0 && pass.shape !== head.shape)
    faults.add({ kind: 'head-changed', seal, text: 'The list of columns is not the one of this seal.' });
}

const checkerOf = (key: PublicKey): Parameters<typeof checkHead>[2] => ({
  keyId: key.id,
  isSigned: (head) => key.isSigned(head),
});

function checkRow(pass: Pass, text: string): void {
  const { faults } = pass;
  const { seal } = pass.place;
  pass.counts.rows += 1;
  const record = pass.expected.pop();
  if (!record) {
    faults.add({ kind: 'inserted', seal, text: 'This seal has more rows than records of the month.' });
    return;
  }
  pass.leaves.update(leafOf(record));
  if (!createHash('sha256').update(text).digest().equals(record.digest))
    faults.add({
      kind: 'changed',
      seal,
      record: { kind: 'audit', id: record.id },
      text: 'The audit record differs from what was sealed, or is not in its place.',
    });
}

/** Reports the records of the seal whose rows did not come. */
function endSeal({ expected, faults, place: { seal } }: Pass): void {
  for (let record = expected.pop(); record; record = expected.pop())
    faults.add({
      kind: 'deleted',
      seal,
      record: { kind: 'audit', id: record.id },
      text: 'The audit record is not in the file.',
    });
}

function checkFooter(pass: Pass, { value, sha256 }: Extract<MonthLine, { kind: 'footer' }>): void {
  pass.isEnded = true;
  const { seals, rows, removed } = pass.counts;
  if (value.sha256 !== sha256)
    pass.faults.add({ kind: 'changed', text: 'The file was changed. The hash in its last line is another.' });
  if (value.seals !== seals || value.rows !== rows || value.removed !== removed)
    pass.faults.add({
      kind: 'changed',
      text: `The last line of the file counts ${value.seals} seals, ${value.rows} rows and ${value.removed} removed records. There are ${seals}, ${rows} and ${removed}.`,
    });
  checkSignature(pass, value);
}

/** Whoever takes out seals or rows can count anew, but not sign. */
function checkSignature(pass: Pass, footer: MonthFooter): void {
  const { faults, key, place, month, firstSeal } = pass;
  const { signature } = footer;
  if (signature === undefined) {
    if (!pass.mayBeUnsigned) faults.add({ kind: 'signature', text: NOT_SIGNED });
  } else if (!key.isSigned({ head: footerText(footer), signature }))
    faults.add({ kind: 'signature', text: 'The signature does not match the last line of the file.' });
  else if ([footer.month, footer.firstSeal, footer.lastSeal].join() !== [month, firstSeal, place.seal].join())
    faults.add({
      kind: 'changed',
      text: `The last line of the file is that of ${footer.month} and of the seals ${footer.firstSeal} to ${footer.lastSeal}. The file is another.`,
    });
}

const NOT_SIGNED =
  'The file is not signed: records or seals may have been taken out of it. Export the month again. If it was dropped, homeward ledger verify compares the file in AUDIT_MONTHS_STORE with the ledger.';
