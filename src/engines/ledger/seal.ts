/**
 * Makes one seal over everything that was committed since the last one. A record is covered when its transaction and
 * every earlier one have ended, so that no late commit is missed. One node seals at a time, and another can continue
 * after it stops. No request waits for sealing.
 */
import { timeOfId } from '../../platform/ids';
import { RowsNotWritten, type Database, type Queryable } from '../../platform/postgres';
import { hashOfHead, headText, readHead, type AnchoredHead, type Head, type SignedHead } from './head';
import type { LedgerKey } from './keys';
import { readRecords } from './read-records';
import { encodeRecords, inOrder, rootOfRecords } from './records';
import type { FactTables } from './sealed-tables';
import { currentShape, hashOfShape, shapeText, withFixedForms } from './sealed-columns';

export interface SealOptions {
  database: Pick<Database, 'transaction'>;
  key: LedgerKey;
  tables: FactTables;
  now: () => Date;
  /** False to leave sealing to another process, and to compare only. */
  seals?: boolean;
  /** The last head that this node made or saw. */
  remembered?: () => SignedHead | undefined;
  /** Compares what was written with what is stored now, up to this transaction, inside the transaction that seals. */
  compare?: (tx: Queryable, upto: string) => Promise<void>;
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
  /** When the oldest unsealed record was made, in milliseconds since 1970. */
  oldestUnsealed?: number;
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
  return options.database.transaction(async (tx) => {
    const [place] = options.seals === false ? [] : await takePlace(tx);
    const { last, missing } = await lastSeal(tx, options.remembered?.());
    const sealed = place?.mine ? await sealAfter(tx, options, last, place.xmin) : undefined;
    const upto = sealed ? (readHead(sealed.head)?.upto ?? '0') : (last?.upto ?? '0');
    await options.compare?.(tx, upto);
    const oldestUnsealed = await oldestAfter(tx, upto);
    const newest = sealed ?? last;
    return {
      ...(sealed ? { sealed } : {}),
      ...(newest ? { last: { head: newest.head, signature: newest.signature } } : {}),
      ...(missing ? { missing } : {}),
      ...(oldestUnsealed === undefined ? {} : { oldestUnsealed }),
    };
  });
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
): Promise<Sealed | undefined> {
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
  await tx.query(
    { text: 'INSERT INTO ledger_shape (sha256, shape) VALUES ($1, $2) ON CONFLICT DO NOTHING' },
    [head.shape, text],
  );
  const written = await tx.query(
    {
      text: `INSERT INTO ledger_seal (seal, upto, head, signature, records) VALUES ($1, $2::xid8, $3, $4, $5)
        RETURNING 1 AS one`,
    },
    [head.seal, head.upto, signed, signature, encodeRecords(records)],
  );
  if (written.length !== 1) throw new RowsNotWritten('ledger_seal');
  const { seal: number } = head;
  return { seal: number, records: records.length, head: signed, signature, submissions, more: bound.more };
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
      text: `SELECT seal::text AS seal, upto::text AS upto, head, signature FROM ledger_seal
        WHERE seal = $1 OR seal = (SELECT max(s.seal) FROM ledger_seal AS s) ORDER BY ledger_seal.seal DESC`,
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

/** The time of the oldest record after this transaction, from its id. */
async function oldestAfter(tx: Queryable, upto: string): Promise<number | undefined> {
  const ends = ['submission', 'audit_record', 'review_mark', 'ledger_tombstone', 'audit_month'].flatMap(
    (table) =>
      ['ASC', 'DESC'].map(
        (order) => `(SELECT id::text FROM ${table} WHERE xid >= $1::xid8 ORDER BY xid ${order} LIMIT 1)`,
      ),
  );
  const [row] = await tx.query<{ ids: (string | null)[] }>(
    { name: 'ledger_oldest_unsealed', text: `SELECT ARRAY[${ends.join(', ')}] AS ids` },
    [upto],
  );
  const times = (row?.ids ?? []).flatMap((id) => (id === null ? [] : (timeOfId(id) ?? [])));
  return times.length === 0 ? undefined : Math.min(...times);
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
      text: `SELECT
          EXISTS (SELECT 1 FROM submission WHERE xid >= $1::xid8 AND xid < $2::xid8)
            OR EXISTS (SELECT 1 FROM audit_record WHERE xid >= $1::xid8 AND xid < $2::xid8)
            OR EXISTS (SELECT 1 FROM review_mark WHERE xid >= $1::xid8 AND xid < $2::xid8)
            OR EXISTS (SELECT 1 FROM ledger_tombstone WHERE xid >= $1::xid8 AND xid < $2::xid8)
            OR EXISTS (SELECT 1 FROM audit_month WHERE xid >= $1::xid8 AND xid < $2::xid8) AS some,
          (SELECT bound::text FROM (
            (SELECT xid AS bound FROM submission WHERE xid >= $1::xid8 AND xid < $2::xid8 ORDER BY xid OFFSET $3 LIMIT 1)
            UNION ALL
            (SELECT xid FROM audit_record WHERE xid >= $1::xid8 AND xid < $2::xid8 ORDER BY xid OFFSET $4 LIMIT 1)
          ) AS bounds ORDER BY bound LIMIT 1) AS first`,
    },
    [from, xmin, MOST_SUBMISSIONS, MOST_RECORDS],
  );
  if (!row?.some) return undefined;
  return row.first === null ? { upto: xmin, more: false } : { upto: row.first, more: true };
}
