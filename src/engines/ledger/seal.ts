/**
 * Makes one seal over everything that was committed since the last one. A record is covered when its transaction and
 * every earlier one have ended, so that no late commit is missed. One node seals at a time, and another can continue
 * after it stops. No request waits for sealing.
 */
import { timeOfId } from '../../platform/ids';
import { RowsNotWritten, type Database, type Queryable } from '../../platform/postgres';
import { hashOfHead, headText, readHead, type AnchoredHead, type Head, type SignedHead } from './head';
import type { LedgerKey } from './keys';
import { readRecords, within } from './read-records';
import { encodeRecords, inOrder, rootOfRecords, type LedgerRecord } from './records';
import { resourceTables, type FactTables } from './sealed-tables';
import { currentShape, hashOfShape, OWN_TABLES, shapeText, withFixedForms } from './sealed-columns';
import { quoted } from './sql';

export interface SealOptions {
  database: Pick<Database, 'transaction'>;
  key: LedgerKey;
  tables: FactTables;
  now: () => Date;
  /** False to leave sealing to another process, and to compare only. */
  seals?: boolean;
  /** The last head that this node made or saw. */
  remembered?: () => SignedHead | undefined;
  /**
   * Compares what was written with what is stored now, up to this transaction, and with what was sealed; inside the
   * transaction that seals, which reads everything from one snapshot.
   */
  compare?: (tx: Queryable, upto: string, sealed: readonly LedgerRecord[]) => Promise<void>;
}

export interface Sealed extends AnchoredHead {
  seal: number;
  records: number;
  /** True when there is more to seal. */
  more: boolean;
}

/** The result of one sealing attempt. */
export interface Looked {
  /** The new seal; absent when there is nothing to seal, or another node is sealing. */
  sealed?: Sealed;
  /** The last head in the database. */
  last?: SignedHead;
  /** The remembered head, if the database no longer has it. */
  missing?: SignedHead;
  /** When the oldest unsealed record was made, in milliseconds since 1970, as far as ids tell. */
  oldestUnsealed?: number;
  /** The transaction before which everything is sealed, if there are records after it. */
  waitingAfter?: string;
}

/** The name of the lock that whoever seals holds. */
export const SEALING = 'homeward.ledger';

/** PostgreSQL ends the session of a node that stalls while it seals, so that another one seals. */
export const SEALING_IDLE_MILLIS = 15_000;

/** The most records under one head: a backlog is sealed in several parts. */
const MOST_RECORDS = 5_000;
const MOST_SUBMISSIONS = 500;

/** @returns undefined when there is nothing to seal, or another node is sealing */
export async function seal(options: SealOptions): Promise<Sealed | undefined> {
  return (await lookAndSeal(options)).sealed;
}

export async function lookAndSeal(options: SealOptions): Promise<Looked> {
  for (let tries = 1; ; tries += 1)
    try {
      return await options.database.transaction((tx) => lookAndSealIn(tx, options));
    } catch (error) {
      if (!isSealedMeanwhile(error) || tries === MOST_TRIES) throw error;
    }
}

/** Another node sealed between the snapshot of this transaction and the lock that it got. */
const isSealedMeanwhile = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'ledger_seal_pkey';

const MOST_TRIES = 5;

async function lookAndSealIn(tx: Queryable, options: SealOptions): Promise<Looked> {
  await readOneSnapshot(tx, options.tables);
  const [place] = options.seals === false ? [] : await takePlace(tx);
  const { last, missing } = await lastSeal(tx, options.remembered?.());
  const made = place?.mine ? await sealAfter(tx, options, last, place.xmin) : undefined;
  const sealed = made?.sealed;
  const upto = sealed ? (readHead(sealed.head)?.upto ?? '0') : (last?.upto ?? '0');
  await options.compare?.(tx, upto, made?.records ?? []);
  const { oldest: oldestUnsealed, isWaiting } = await oldestAfter(tx, upto);
  const newest = sealed ?? last;
  return {
    ...(sealed ? { sealed } : {}),
    ...(newest ? { last: { head: newest.head, signature: newest.signature } } : {}),
    ...(missing ? { missing } : {}),
    ...(oldestUnsealed === undefined ? {} : { oldestUnsealed }),
    ...(isWaiting ? { waitingAfter: upto } : {}),
  };
}

/**
 * Has the transaction read everything as it is at one moment: what is sealed is what is compared. The locks come before
 * that moment, so that no migration rewrites a table after it: its rows would be missing from an older snapshot.
 * @see https://www.postgresql.org/docs/current/mvcc-caveats.html
 */
async function readOneSnapshot(tx: Queryable, tables: FactTables): Promise<void> {
  await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' });
  const names = [
    'ledger_seal',
    'ledger_shape',
    ...OWN_TABLES,
    ...resourceTables(tables).flatMap((table) => [table, `${table}_history`]),
  ];
  await tx.query({ text: `LOCK TABLE ${names.map(quoted).join(', ')} IN ACCESS SHARE MODE` });
}

const takePlace = (tx: Queryable): Promise<{ mine: boolean; xmin: string }[]> =>
  tx.query({
    name: 'ledger_place',
    text: `SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('${SEALING}')) AS mine,
      pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.text AS xmin,
      pg_catalog.set_config('idle_in_transaction_session_timeout', '${SEALING_IDLE_MILLIS}', true) AS idle`,
  });

async function sealAfter(
  tx: Queryable,
  options: SealOptions,
  last: LastSeal | undefined,
  xmin: string,
): Promise<{ sealed: Sealed; records: readonly LedgerRecord[] } | undefined> {
  const from = last?.upto ?? '0';
  const bound = await boundOf(tx, from, xmin);
  if (bound === undefined) return undefined;
  await withFixedForms(tx);
  const shape = await currentShape(tx);
  const text = shapeText(shape);
  const { records: found, submissions } = await readRecords(tx, shape, options.tables, {
    from,
    upto: bound.upto,
  });
  if (found.length === 0) return undefined;
  const records = inOrder(found);
  const head: Head = {
    seal: (last?.seal ?? 0) + 1,
    sealedAt: options.now().toISOString(),
    previous: last ? hashOfHead(last.head) : null,
    records: records.length,
    total: (last?.total ?? 0) + records.length,
    root: rootOfRecords(records),
    upto: bound.upto,
    shape: hashOfShape(text),
    key: options.key.id,
  };
  const signed = headText(head);
  const signature = options.key.sign(signed);
  const written = await tx.query(
    {
      text: `INSERT INTO ledger_seal (seal, upto, head, signature, records) VALUES ($1, $2::xid8, $3, $4, $5)
        RETURNING 1 AS one`,
    },
    [head.seal, head.upto, signed, signature, encodeRecords(records)],
  );
  if (written.length !== 1) throw new RowsNotWritten('ledger_seal');
  await tx.query(
    { text: 'INSERT INTO ledger_shape (sha256, shape) VALUES ($1, $2) ON CONFLICT DO NOTHING' },
    [head.shape, text],
  );
  const { seal: number } = head;
  const sealed = { seal: number, records: records.length, head: signed, signature, submissions };
  return { sealed: { ...sealed, more: bound.more }, records };
}

interface LastSeal extends SignedHead {
  seal: number;
  upto: string;
  total: number;
}

/**
 * The last head, even if it is unreadable: sealing continues after it, and verification reports the damage. The same
 * statement checks whether the remembered head is unchanged.
 */
async function lastSeal(
  tx: Queryable,
  remembered: SignedHead | undefined,
): Promise<{ last: LastSeal | undefined; missing: SignedHead | undefined }> {
  const number = remembered && readHead(remembered.head)?.seal;
  const rows = await tx.query<{ seal: string; upto: string; head: string; signature: string }>(
    {
      name: 'ledger_last_seal',
      // Sorts by the table's column: `ORDER BY seal` alone would sort by the text, in which 9 comes last.
      text: `SELECT l.seal::pg_catalog.text AS seal, l.upto::pg_catalog.text AS upto, l.head, l.signature FROM ledger_seal AS l
        WHERE l.seal OPERATOR(pg_catalog.=) $1::pg_catalog.int8
          OR l.seal OPERATOR(pg_catalog.=) (SELECT pg_catalog.max(s.seal) FROM ledger_seal AS s) ORDER BY l.seal DESC`,
    },
    [number ?? null],
  );
  const [row] = rows;
  const isThere = remembered === undefined || rows.some(({ head }) => head === remembered.head);
  return {
    last: row && { ...row, seal: Number(row.seal), total: readHead(row.head)?.total ?? 0 },
    missing: isThere ? undefined : remembered,
  };
}

/** The tables of sealed records. */
const RECORD_TABLES = ['submission', 'audit_record', 'review_mark', 'ledger_tombstone', 'audit_month'];

/** Whether there are records after this transaction, and the time of the oldest from its id. */
async function oldestAfter(
  tx: Queryable,
  upto: string,
): Promise<{ isWaiting: boolean; oldest: number | undefined }> {
  const ends = RECORD_TABLES.flatMap((table) =>
    ['ASC', 'DESC'].map(
      (order) => `(SELECT id::text FROM ${table} WHERE xid >= $1::xid8 ORDER BY xid ${order} LIMIT 1)`,
    ),
  );
  const [row] = await tx.query<{ ids: (string | null)[] }>(
    { name: 'ledger_oldest_unsealed', text: `SELECT ARRAY[${ends.join(', ')}] AS ids` },
    [upto],
  );
  const ids = (row?.ids ?? []).filter((id) => id !== null);
  const times = ids.flatMap((id) => timeOfId(id) ?? []);
  return { isWaiting: ids.length > 0, oldest: times.length === 0 ? undefined : Math.min(...times) };
}

/**
 * The limit of the next seal: where all earlier transactions have ended, and not too many records. Undefined when there
 * is nothing new.
 */
async function boundOf(
  tx: Queryable,
  from: string,
  xmin: string,
): Promise<{ upto: string; more: boolean } | undefined> {
  const [row] = await tx.query<{ some: boolean; first: string | null }>(
    {
      name: 'ledger_bound',
      text: `SELECT ${RECORD_TABLES.map((table) => `EXISTS (SELECT 1 FROM ${table} AS r WHERE ${within('r')})`).join(' OR ')} AS some,
          (SELECT bounds.bound::pg_catalog.text FROM (
            (SELECT r.xid AS bound FROM submission AS r WHERE ${within('r')} ORDER BY r.xid OFFSET $3 LIMIT 1)
            UNION ALL
            (SELECT r.xid FROM audit_record AS r WHERE ${within('r')} ORDER BY r.xid OFFSET $4 LIMIT 1)
          ) AS bounds ORDER BY bounds.bound LIMIT 1) AS first`,
    },
    [from, xmin, MOST_SUBMISSIONS, MOST_RECORDS],
  );
  if (!row?.some) return undefined;
  return row.first === null ? { upto: xmin, more: false } : { upto: row.first, more: true };
}
