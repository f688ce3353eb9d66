/**
 * Verifies the ledger in the database: signatures, chain and roots; every sealed record against the current tables; the
 * tables as a whole; and the heads that anchors store. It stops when its time is up, and the next call continues.
 */
import type { Database } from '../../platform/postgres';
import { chainStart, checkHead, compareRecords, isSealed, names, type ChainPlace } from './check-heads';
import { checkDerived, derivedNext, derivedStart, type DerivedPlace } from './check-derived';
import { checkSchema } from './check-schema';
import type { Unsealed } from './check-unsealed';
import { checkWhole, type LedgerSources } from './check-whole';
import { examine, type ExaminedSeal } from './examine';
import { expectedSchema } from './expected-schema';
import { Faults, type Fault } from './fault';
import { harmless } from './missing-table';
import { readHead, type SignedHead } from './head';
import { readPublicKey } from './keys';
import { account, type MonthAccounts, type MonthTurn } from './months/check-months';
import { checkKnownHeads } from './known-heads';
import { knownRuns, type KnownRuns } from './removed';

/** The public key is from a source that is trusted more than the database if there is one. */
export interface VerifyOptions extends LedgerSources {
  /** Returns what is known from other sources: anchored heads, and alarms of nodes. */
  known: () => Promise<KnownElsewhere>;
}

export interface KnownElsewhere {
  heads: readonly SignedHead[];
  alarms: readonly Fault[];
}

export interface Verification {
  status: 'pass' | 'fail';
  /** When the last checked seal was made; null when there is none. */
  sealedThrough: string | null;
  heads: number;
  records: number;
  /** True when everything was checked; false when the time was up first. */
  complete: boolean;
  lastHead: { seal: number; sha256: string } | null;
  /** Types whose derived columns were not compared, because they are being rebuilt. */
  reindexing?: readonly string[];
  /** Dropped months of the audit trail whose files were not compared: their store does not answer, or there was no time. */
  monthsNotCompared?: readonly string[];
  /**
   * Records that are not sealed yet: those of about a second, unless sealing has stopped. Absent for an export, and for
   * an incomplete check.
   */
  unsealed?: Unsealed;
  key: { id: string; publicKey: string };
  faultCount: number;
  faults: Fault[];
}

export interface Verifier {
  /** @param budgetMillis stops after this time, and the next call continues; without it, runs to the end */
  verify(budgetMillis?: number): Promise<Verification>;
}

/** The state of a verification in progress. */
interface Pass {
  place: ChainPlace;
  heads: number;
  records: number;
  rows: Map<string, number>;
  runs: KnownRuns;
  months: MonthAccounts;
  /** Of the verifier: it outlasts this pass. */
  turn: MonthTurn;
  /** The position of the check of derived columns; undefined when it is complete. */
  derived: DerivedPlace | undefined;
  /** Types that this check skipped. */
  pending: Set<string>;
  faults: Faults;
}

export function createVerifier(options: VerifyOptions): Verifier {
  let pass: Pass | undefined;
  const turn: MonthTurn = {};
  let running: Promise<Verification> | undefined;
  const run = async (budgetMillis = Infinity): Promise<Verification> => {
    const deadline = Date.now() + budgetMillis;
    const current = (pass ??= await begin(options, turn));
    let complete = false;
    let unsealed: Unsealed | undefined;
    let monthsNotCompared: readonly string[] = [];
    while (!complete && Date.now() < deadline)
      complete = await harmless(current.faults, true, () => step(current, options));
    if (complete) {
      pass = undefined;
      ({ complete, unsealed, monthsNotCompared } = await finish(current, options, budgetMillis === Infinity));
    }
    const { place, faults, heads, records, pending } = current;
    return {
      status: faults.count === 0 ? 'pass' : 'fail',
      sealedThrough: place.sealedAt,
      heads,
      records,
      complete: complete && pending.size === 0 && monthsNotCompared.length === 0,
      lastHead: place.hash === null ? null : { seal: place.seal, sha256: place.hash },
      ...(pending.size === 0 ? {} : { reindexing: [...pending].sort() }),
      ...(monthsNotCompared.length === 0 ? {} : { monthsNotCompared }),
      ...(unsealed ? { unsealed } : {}),
      key: { id: readPublicKey(options.publicKey)?.id ?? '', publicKey: options.publicKey },
      faultCount: faults.count,
      faults: [...faults.list],
    };
  };
  return {
    verify: (budgetMillis) =>
      (running ??= run(budgetMillis).finally(() => {
        running = undefined;
      })),
  };
}

/** Checks the definitions of the database first, because the later checks are less reliable if they were changed. */
async function begin({ database, auditKey, tables }: VerifyOptions, turn: MonthTurn): Promise<Pass> {
  const faults = new Faults();
  await checkSchema(database, expectedSchema, faults);
  return {
    place: chainStart,
    heads: 0,
    records: 0,
    rows: new Map(),
    runs: knownRuns(auditKey),
    months: new Map(),
    turn,
    derived: derivedStart(tables),
    pending: new Set(),
    faults,
  };
}

/**
 * Whether a server has used the database. A server creates the key at its first start; a database that was only
 * migrated has none.
 */
async function wasServed(database: Database): Promise<boolean> {
  const [row] = await database.query<{ served: boolean }>({
    text: `SELECT EXISTS (SELECT 1 FROM ledger_seal) OR EXISTS (SELECT 1 FROM submission)
      OR EXISTS (SELECT 1 FROM audit_record WHERE submission_id IS NOT NULL) AS served`,
  });
  return row?.served ?? true;
}

/** Checks some seals; after the last seal, some rows. @returns true when nothing remains */
async function step(pass: Pass, options: VerifyOptions): Promise<boolean> {
  return (await stepOfSeals(pass, options)) && stepOfDerived(pass, options);
}

async function stepOfDerived(pass: Pass, { database, tables, pending }: VerifyOptions): Promise<boolean> {
  const { derived: place, faults } = pass;
  if (place === undefined) return true;
  for (const type of await harmless(faults, [], async () => (await pending?.()) ?? []))
    pass.pending.add(type);
  // Skips a table that was damaged, and checks the next one.
  pass.derived = await harmless(faults, derivedNext(place), () =>
    checkDerived({ database, tables, pending: pass.pending, faults }, place),
  );
  return pass.derived === undefined;
}

async function stepOfSeals(
  pass: Pass,
  { database, auditKey, publicKey, tables }: VerifyOptions,
): Promise<boolean> {
  const key = readPublicKey(publicKey);
  if (!key) {
    if (publicKey !== '' || (await wasServed(database)))
      pass.faults.add({ kind: 'key', text: 'The database has no ledger key, and no key was given.' });
    return true;
  }
  const { seals, rows, dropped } = await examine(database, tables, pass.place, auditKey, pass.runs);
  for (const [table, count] of rows) pass.rows.set(table, (pass.rows.get(table) ?? 0) + count);
  const checker = { keyId: key.id, isSigned: (head: SignedHead) => key.isSigned(head) };
  for (const seal of seals) {
    const { head, place } = checkHead(seal, pass.place, checker, pass.faults);
    if (head) checkRecords(seal, pass.faults);
    account(pass.months, dropped, seal);
    pass.place = { ...place, upto: seal.upto };
    pass.heads += 1;
    pass.records += seal.found.length;
  }
  return seals.length === 0;
}

function checkRecords(
  { seal, sealed, found, removed, shapeKnown, head: text }: ExaminedSeal,
  faults: Faults,
): void {
  const head = readHead(text);
  if (!head) return;
  if (!shapeKnown) {
    faults.add({
      kind: 'head-changed',
      seal,
      text: 'The list of columns that this seal used was changed or deleted, so its records cannot be checked.',
    });
    return;
  }
  for (const { kind, id, genuine } of found)
    if (!genuine)
      faults.add({
        kind: 'forged',
        seal,
        record: { kind, id },
        text: `The ${names[kind]} was not written by the server.`,
      });
  const listIsWhole = sealed !== undefined && isSealed(sealed, head);
  if (!listIsWhole)
    faults.add({ kind: 'head-changed', seal, text: 'The list of records was changed after it was signed.' });
  if (isSealed(found, head)) return;
  if (listIsWhole) compareRecords(seal, sealed, found, ({ id }) => removed.has(id), faults);
  else faults.add({ kind: 'changed', seal, text: 'The records were changed after they were signed.' });
}

/** Makes the checks that need the whole ledger. */
async function finish(pass: Pass, options: VerifyOptions, thorough: boolean): ReturnType<typeof checkWhole> {
  const { database, publicKey, known } = options;
  const { faults } = pass;
  const checked = await checkWhole(options, { ...pass, upto: pass.place.upto }, thorough);
  const { heads, alarms } = await known();
  const key = readPublicKey(publicKey);
  await harmless(faults, undefined, () =>
    checkKnownHeads(heads, key, (seals) => headsIn(database, seals), faults),
  );
  for (const alarm of alarms) faults.add(alarm);
  return checked;
}

/** The heads of these numbers in the database. */
async function headsIn(database: Database, seals: readonly number[]): Promise<Map<number, string>> {
  const rows = await database.query<{ seal: string; head: string }>(
    { text: 'SELECT seal::text AS seal, head FROM ledger_seal WHERE seal = ANY($1::bigint[])' },
    [seals],
  );
  return new Map(rows.map(({ seal, head }) => [Number(seal), head]));
}
