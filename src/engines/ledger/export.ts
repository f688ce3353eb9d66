/**
 * Exports the ledger to a file that can be checked anywhere with only the public key: every head with its signature,
 * and the digest of every record as it is in the tables at the time of the export. It contains no patient data.
 */
import { chainStart, isSealed } from './check-heads';
import { checkDerived, derivedNext, derivedStart, type DerivedPlace } from './check-derived';
import { checkSchema } from './check-schema';
import { checkWhole, type LedgerSources } from './check-whole';
import { examine, type Examined, type ExaminedSeal } from './examine';
import { expectedSchema } from './expected-schema';
import { Faults } from './fault';
import { harmless } from './missing-table';
import { readHead } from './head';
import { inOrder, type LedgerRecord } from './records';
import { account, type MonthAccounts } from './months/check-months';
import { knownRuns } from './removed';

export const EXPORT_FORMAT = 'homeward-ledger-export/1';

/** A line of the file: one seal. */
export interface ExportedSeal {
  seal: number;
  upto: string;
  head: string;
  signature: string;
  /**
   * `kind id digest` of each record as it is now. A `-` marks a record that retention has removed; its digest is the
   * sealed one.
   */
  records: string[];
  /** The sealed records, if they differ. */
  sealed?: string[];
  /** Records that the server did not write. */
  forged?: string[];
}

export interface ExportOptions extends LedgerSources {
  now: () => Date;
}

const nothing: Examined = { seals: [], rows: new Map(), dropped: new Map() };

/** The lines of the file. */
export async function* exportLedger(options: ExportOptions): AsyncGenerator<string> {
  const { database, publicKey, auditKey, tables, now } = options;
  yield JSON.stringify({ format: EXPORT_FORMAT, exportedAt: now().toISOString(), publicKey });
  const faults = new Faults();
  const pending = new Set(await options.pending?.());
  await checkSchema(database, expectedSchema, faults);
  let place: { seal: number; upto: string } = chainStart;
  const rows = new Map<string, number>();
  const runs = knownRuns(auditKey);
  const months: MonthAccounts = new Map();
  for (;;) {
    const after = place;
    const examined = await harmless(faults, nothing, () => examine(database, tables, after, auditKey, runs));
    for (const [table, count] of examined.rows) rows.set(table, (rows.get(table) ?? 0) + count);
    for (const seal of examined.seals) {
      account(months, examined.dropped, seal);
      yield JSON.stringify(exported(seal));
    }
    const last = examined.seals.at(-1);
    if (!last) break;
    place = last;
  }
  const { monthsNotCompared } = await checkWhole(options, { upto: place.upto, rows, months, faults }, true);
  for (let at: DerivedPlace | undefined = derivedStart(tables); at !== undefined;) {
    const from: DerivedPlace = at;
    at = await harmless(faults, derivedNext(from), () =>
      checkDerived({ database, tables, pending, faults }, from),
    );
  }
  yield JSON.stringify({
    end: true,
    tables: faults.list,
    ...(pending.size === 0 ? {} : { reindexing: [...pending] }),
    ...(monthsNotCompared.length === 0 ? {} : { monthsNotCompared }),
  });
}

function exported({
  seal,
  upto,
  head,
  signature,
  found,
  sealed,
  removed,
  shapeKnown,
}: ExaminedSeal): ExportedSeal {
  const present = new Set(found.map(keyOf));
  const gone = (sealed ?? []).filter((record) => removed.has(record.id) && !present.has(keyOf(record)));
  const goneKeys = new Set(gone.map(keyOf));
  const records = inOrder([...found, ...gone]);
  const parsed = readHead(head);
  const forged = found.filter(({ genuine }) => !genuine).map(keyOf);
  return {
    seal,
    upto,
    head,
    signature,
    records: shapeKnown
      ? records.map((each) => (goneKeys.has(keyOf(each)) ? `-${textOf(each)}` : textOf(each)))
      : [],
    ...(parsed && isSealed(records, parsed) && isSealed(sealed ?? [], parsed)
      ? {}
      : { sealed: (sealed ?? []).map(textOf) }),
    ...(forged.length === 0 ? {} : { forged }),
  };
}

const keyOf = ({ kind, id }: LedgerRecord): string => `${kind} ${id}`;
const textOf = (record: LedgerRecord): string => `${keyOf(record)} ${record.digest.toString('hex')}`;
