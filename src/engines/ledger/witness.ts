/**
 * Remembers what this node has written and is not sealed yet: a digest of each record's facts, made before they reach
 * the database and held in memory. When a record is sealed (or could be), the stored data is compared with the digest.
 * So a change or deletion between commit and seal is found, even if an open transaction delays sealing or a trigger
 * changes a row. Someone who has access only to the database cannot change the digests.
 *
 * The facts are: every column of an audit record, of a review mark and of a submission's record; its bytes; and of each row that it wrote
 * the id, version, time, patient, sender and content. Search columns are derived from the content.
 *
 * The stored data and what was sealed of it are read from one snapshot. So nobody can put the old data back for the
 * moment of the comparison, and have other data sealed.
 */
import { append } from '../../fhir/long-lists';
import type { Slices } from '../../fhir/slices';
import { afterCommit, type Queryable } from '../../platform/postgres';
import { builtInsChanged } from './check-built-ins';
import { names } from './check-heads';
import { auditFactsOf, digestOf, factsOf, type Row } from './facts';
import type { Fault } from './fault';
import type { LedgerRecord } from './records';
import { sealedOtherwise, type IsSigned } from './check-sealed';
import { resourceTables, type FactTables } from './sealed-tables';
import {
  auditNow,
  bodyFacts,
  endedAmong,
  keyOf,
  plainAudit,
  plainNow,
  submissionsNow,
  versionFacts,
  type WrittenRecord,
} from './read-stored';

interface Rows {
  table: string;
  rows: readonly Row[];
}

/** The data that a transaction writes, as the store receives it. */
interface Plan {
  writes: readonly Rows[];
  withdrawals: readonly { table: string; tombstones: readonly Row[] }[];
  others: readonly (Rows & { columns: readonly string[] })[];
}

export interface Witness {
  /**
   * Remembers what a transaction writes for a submission. Whether it was committed is checked later.
   * @returns to be called when the transaction is known to be committed
   */
  wrote(plan: Plan, xid: string): Slices<() => void>;
  /** Remembers audit records that are committed. */
  recorded(rows: readonly Row[], xid: string): void;
  /** Remembers a review mark that is committed. */
  marked(row: Row, xid: string): void;
  /**
   * Compares what was written before the transaction `upto` with what is stored, and with what was sealed of it. It
   * forgets what it compared when `tx` is committed.
   * @param tx reads everything from one snapshot (REPEATABLE READ)
   * @param sealed what this transaction has just sealed
   * @returns faults for what was changed or deleted since, or sealed otherwise
   */
  compare(tx: Queryable, upto: string, sealed?: readonly LedgerRecord[]): Promise<Fault[]>;
}

interface Written extends WrittenRecord {
  /** In milliseconds since 1970. */
  since: number;
  /**
   * Whether the answer to COMMIT has come. A leader that dies may lose a transaction before that, and the next leader
   * gives its number to another one. Nothing of it was acknowledged.
   */
  isCommitted: boolean;
}

const ROWS_OF_SLICE = 100;

/** The most records in memory. If sealing is delayed for long, the oldest are compared early. */
const MOST_KEPT = 100_000;

/** After this long, in milliseconds, an answer to COMMIT that has not come never will. */
const ANSWERED_WITHIN_MILLIS = 5 * 60_000;

/** @param isSigned checks that a head was signed with the ledger's key */
export function createWitness(tables: FactTables, isSigned: IsSigned): Witness {
  const kept = new Map<string, Written>();
  const histories = new Map(resourceTables(tables).map((table) => [`${table}_history`, table]));
  let columns: Readonly<Record<Written['kind'], readonly string[]>> = {
    audit: [],
    submission: [],
    review: [],
  };

  const keep = (given: Omit<Written, 'since' | 'isCommitted'>): Written => {
    const written = { ...given, since: Date.now(), isCommitted: false };
    kept.set(keyOf(written), written);
    return written;
  };
  const keepRecords = (rows: readonly Row[], xid: string): Written[] => {
    if (columns.audit.length === 0 && rows[0]) columns = { ...columns, audit: Object.keys(rows[0]).sort() };
    return rows.map((row) =>
      keep({ kind: 'audit', id: String(row.id), xid, digest: digestOf([auditFactsOf(row, columns.audit)]) }),
    );
  };
  const committed = (all: readonly Written[]): void => {
    for (const written of all) written.isCommitted = true;
  };

  return {
    recorded: (rows, xid) => committed(keepRecords(rows, xid)),
    marked: (row, xid) => {
      if (columns.review.length === 0) columns = { ...columns, review: Object.keys(row).sort() };
      const digest = digestOf([factsOf(row, columns.review)]);
      committed([keep({ kind: 'review', id: String(row.id), xid, digest })]);
    },
    *wrote(plan, xid) {
      const all = plan.others.flatMap(({ table, rows }) =>
        table === 'audit_record' ? keepRecords(rows, xid) : [],
      );
      const [submission] = plan.others.find(({ table }) => table === 'submission')?.rows ?? [];
      if (!submission) return () => committed(all);
      if (columns.submission.length === 0)
        columns = { ...columns, submission: Object.keys(submission).sort() };
      const facts = [factsOf(submission, columns.submission)];
      const addVersions = (table: string, rows: readonly Row[]): void =>
        append(
          facts,
          rows.map((row) => versionFacts(table, row, xid)),
        );
      for (const { table, rows } of plan.others)
        if (table === 'submission_body') append(facts, rows.map(bodyFacts));
        else if (table === 'binary') addVersions(table, rows);
        // A version that arrived late is written straight to the history.
        else if (histories.has(table)) addVersions(histories.get(table)!, rows);
      for (const each of plan.writes) append(facts, yield* versionsFacts(each, xid));
      for (const { table, tombstones } of plan.withdrawals) addVersions(table, tombstones);
      all.push(keep({ kind: 'submission', id: String(submission.id), xid, digest: digestOf(facts) }));
      return () => committed(all);
    },
    compare: async (tx, upto, sealed = []) => {
      let early = kept.size - MOST_KEPT;
      const due = [...kept.values()].filter(({ xid }) => early-- > 0 || BigInt(xid) < BigInt(upto));
      if (due.length === 0) return [];
      const faults = (await builtInsChanged(tx)) ? [BUILT_INS] : [];
      const ended = await endedAmong(tx, due);
      const found = new Map([
        ...(await (faults.length > 0 ? plainAudit : auditNow)(tx, due, columns.audit)),
        ...(await plainNow(tx, due, 'review', columns.review)),
        ...(await submissionsNow(tx, due, columns.submission, tables)),
      ]);
      const { done, same, ...compared } = compareStored(due, ended, found);
      append(faults, compared.faults);
      const sealedBefore = same.filter(({ xid }) => BigInt(xid) < BigInt(upto));
      for (const written of await sealedOtherwise(tx, tables, sealedBefore, sealed, isSigned))
        faults.push(faultOf(written, 'otherwise'));
      afterCommit(tx, () => {
        for (const written of done) kept.delete(keyOf(written));
      });
      return faults;
    },
  };
}

/** @returns what need not be compared again, and of that what is stored as it was written */
function compareStored(
  due: readonly Written[],
  ended: ReadonlyMap<string, string | null>,
  stored: ReadonlyMap<string, string>,
): { done: Written[]; same: Written[]; faults: Fault[] } {
  const done: Written[] = [];
  const same: Written[] = [];
  const faults: Fault[] = [];
  for (const written of due) {
    const status = ended.get(written.xid);
    if (status === 'in progress') continue;
    const now = stored.get(keyOf(written));
    const isLost = status !== 'aborted' && !written.isCommitted && now === undefined;
    if (isLost && Date.now() - written.since < ANSWERED_WITHIN_MILLIS) continue;
    done.push(written);
    if (isLost || status === 'aborted') continue;
    if (now === written.digest) same.push(written);
    else faults.push(faultOf(written, now === undefined ? 'deleted' : 'changed'));
  }
  return { done, same, faults };
}

const BUILT_INS: Fault = {
  kind: 'shape',
  text: 'Functions, operators, casts or types of PostgreSQL itself were changed when records were compared and sealed.',
};

function faultOf({ kind, id }: Written, how: 'changed' | 'deleted' | 'otherwise'): Fault {
  const name = names[kind];
  const what = kind === 'submission' ? `${name}, its bytes, or something that it stored` : name;
  const texts = {
    changed: `The ${what} was changed before it was sealed.`,
    deleted: `The ${name} was deleted before it was sealed.`,
    otherwise: `The ${what} was changed before it was sealed, and then changed back.`,
  };
  return { kind: how === 'deleted' ? how : 'changed', record: { kind, id }, text: texts[how] };
}

/** The facts of all versions that are written to a table. */
function* versionsFacts({ table, rows }: Rows, xid: string): Slices<string[]> {
  const facts: string[] = [];
  for (const [index, row] of rows.entries()) {
    if (index % ROWS_OF_SLICE === 0) yield;
    facts.push(versionFacts(table, row, xid));
  }
  return facts;
}
