/** Verifies an export of the ledger without a database, with only the file and the public key. */
import { createInterface } from 'node:readline';
import { openToRead } from '../../platform/open-to-read';
import { chainStart, checkHead, compareRecords, isSealed, type ChainPlace } from './check-heads';
import { EXPORT_FORMAT, type ExportedSeal } from './export';
import { Faults, type Fault } from './fault';
import { readHead, type SignedHead } from './head';
import { readPublicKey } from './keys';
import { checkKnownHeads, headsBeside } from './known-heads';
import type { Kind, LedgerRecord } from './records';
import type { Verification } from './verify';

export interface VerifyExportOptions {
  /** PEM. Without one the export's own key is used, and the reader of the result must compare that key. */
  publicKey?: string;
  /** Heads that an anchor stored. */
  knownHeads?: readonly SignedHead[];
}

/** @returns undefined when the file is not an export */
export async function verifyExport(
  path: string,
  options: VerifyExportOptions = {},
  stop?: AbortSignal,
): Promise<Verification | undefined> {
  const input = await openToRead(path, stop);
  return verifyExported(createInterface({ input, crlfDelay: Infinity }), options);
}

/** The same, from the lines of an export. */
export async function verifyExported(
  lines: AsyncIterable<string> | Iterable<string>,
  { publicKey, knownHeads = [] }: VerifyExportOptions = {},
): Promise<Verification | undefined> {
  const faults = new Faults();
  const heads = headsBeside(knownHeads);
  let key: ReturnType<typeof readPublicKey>;
  let pem = publicKey ?? '';
  let place: ChainPlace = chainStart;
  let seals = 0;
  let records = 0;
  let ended = false;
  let reindexing: readonly string[] = [];
  let monthsNotCompared: readonly string[] = [];
  for await (const line of lines) {
    const value = parsed(line);
    if (!key) {
      if (value?.format !== EXPORT_FORMAT || typeof value.publicKey !== 'string') return undefined;
      pem = publicKey ?? value.publicKey;
      key = readPublicKey(pem);
      if (!key) return undefined;
      continue;
    }
    if (value?.end === true) {
      for (const fault of (value.tables as Fault[] | undefined) ?? []) faults.add(fault);
      if (Array.isArray(value.reindexing)) reindexing = value.reindexing.map(String);
      if (Array.isArray(value.monthsNotCompared)) monthsNotCompared = value.monthsNotCompared.map(String);
      ended = true;
      continue;
    }
    if (!isSeal(value)) {
      faults.add({ kind: 'head-changed', text: 'A line of the export cannot be read.' });
      continue;
    }
    const { id, isSigned } = key;
    const checked = checkHead(value, place, { keyId: id, isSigned }, faults);
    place = checked.place;
    seals += 1;
    heads.note(value.seal, value.head);
    records += checkSeal(value, faults);
  }
  if (!key) return undefined;
  if (!ended) faults.add({ kind: 'cut', text: 'The export is incomplete.' });
  await checkKnownHeads(knownHeads, key, async () => heads.kept, faults);
  return {
    status: faults.count === 0 ? 'pass' : 'fail',
    sealedThrough: place.sealedAt,
    heads: seals,
    records,
    complete: reindexing.length === 0 && monthsNotCompared.length === 0,
    ...(reindexing.length === 0 ? {} : { reindexing }),
    ...(monthsNotCompared.length === 0 ? {} : { monthsNotCompared }),
    lastHead: place.hash === null ? null : { seal: place.seal, sha256: place.hash },
    key: { id: key.id, publicKey: pem },
    faultCount: faults.count,
    faults: faults.list,
  };
}

/** @returns how many records there are */
function checkSeal({ seal, head: text, records, sealed, forged = [] }: ExportedSeal, faults: Faults): number {
  const found = records.map(recordOf);
  const head = readHead(text);
  for (const each of forged) {
    const [kind = '', id = ''] = each.split(' ');
    faults.add({
      kind: 'forged',
      seal,
      record: { kind, id },
      text: 'The record was not written by the server.',
    });
  }
  if (!head) return found.length;
  const then = sealed?.map(recordOf) ?? found;
  if (!isSealed(then, head))
    faults.add({ kind: 'head-changed', seal, text: 'The list of records was changed after it was signed.' });
  else if (!isSealed(found, head)) compareRecords(seal, then, found, () => false, faults);
  return found.length;
}

function recordOf(text: string): LedgerRecord {
  const [kind = '', id = '', digest = ''] = text.replace(/^-/, '').split(' ');
  return { kind: kind as Kind, id, digest: Buffer.from(digest, 'hex') };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function isSeal(value: unknown): value is ExportedSeal {
  const seal = value as Partial<ExportedSeal> | undefined;
  return (
    typeof seal?.seal === 'number' &&
    typeof seal.upto === 'string' &&
    typeof seal.head === 'string' &&
    typeof seal.signature === 'string' &&
    Array.isArray(seal.records) &&
    seal.records.every((each) =>
      /^-?(submission|audit|review|tombstone|month) [0-9a-f-]{36} [0-9a-f]{64}$/.test(each),
    )
  );
}
