/**
 * A database to tamper with: each time within one transaction that never commits, so that whatever is done is undone at
 * once. While it is open nothing is sealed.
 *
 * Verification asks some hundred questions, of which a tampering with one table touches a few. A question that does not
 * name the table is answered as it was answered before, and one that verification and export both ask is asked once:
 * so a thousand tamperings take seconds. `forgets` asks everything anew each time.
 */
import { statementName, type Database, type Queryable } from '../../src/platform/postgres';

export interface OneTransaction {
  /** For verification and export: only reads. */
  database: Database;
  /** The same, nothing remembered: for sealing anew. */
  anew: Database;
  /** For tampering: with every right, triggers and foreign keys off. @returns how many rows it concerned */
  change(text: string, values?: readonly unknown[]): Promise<number>;
  rows<R>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Undoes what `work` does. @param tables those that it touches: a name stands for all that begin with it; none for all */
  undone<T>(tables: readonly string[], work: () => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

/** For the session: no triggers and foreign keys, plans that are made once, and values written as verification has them. */
const SETTINGS = {
  session_replication_role: 'replica',
  plan_cache_mode: 'force_generic_plan',
  statement_timeout: '0',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
};

/** What can stand only at the beginning of a transaction. */
const SET_TRANSACTION = /^SET TRANSACTION/;

export async function openOneTransaction(on: Database, forgets = false): Promise<OneTransaction> {
  const client = await on.pool.connect();
  await client.query("SELECT pg_advisory_lock(hashtext('homeward.ledger'))");
  for (const [name, value] of Object.entries(SETTINGS))
    await client.query('SELECT set_config($1, $2, false)', [name, value]);
  const sound = new Map<string, unknown[]>();
  let now = sound;
  let touched: RegExp | undefined;

  const ask: Queryable['query'] = async ({ text }, values = []) => {
    if (SET_TRANSACTION.test(text)) return [];
    const memory = touched?.test(text) ? now : sound;
    const key = `${text} ${JSON.stringify(values)}`;
    const known = forgets ? undefined : memory.get(key);
    if (known) return known as never;
    const { rows } = await client.query({
      name: statementName('tampering', text),
      text,
      values: [...values],
    });
    memory.set(key, rows);
    return rows;
  };

  const bytesBy =
    (query: Queryable['query']): Database['bytes'] =>
    async (select) => {
      const rows = await query<Record<string, Buffer | null>>({ text: select });
      return rows.map((row) => Object.values(row)[0] ?? undefined);
    };
  const databaseBy = (query: Queryable['query']): Database => ({
    query,
    bytes: bytesBy(query),
    lend: (work) => work({ query, bytes: bytesBy(query) }),
    transaction: (work) => work({ query }),
    session: (work) => work({ query, transaction: (each) => each({ query }) }),
    makeRoom: () => undefined,
    use: () => ({ most: 1, used: 1, waiting: 0 }),
    close: async () => undefined,
    pool: on.pool,
  });

  return {
    database: databaseBy(ask),
    anew: databaseBy(async ({ text }, values = []) =>
      SET_TRANSACTION.test(text) ? [] : (await client.query(text, [...values])).rows,
    ),
    change: async (text, values = []) => (await client.query(text, [...values])).rowCount ?? 0,
    rows: async (text, values = []) => (await client.query(text, [...values])).rows,
    undone: async (tables, work) => {
      touched = tables.length === 0 ? /^/ : new RegExp(`(FROM|JOIN) "?(${tables.join('|')})`);
      now = new Map();
      await client.query('BEGIN');
      try {
        return await work();
      } finally {
        touched = undefined;
        now = sound;
        await client.query('ROLLBACK');
      }
    },
    // Ends the connection, and with it the lock and the settings.
    end: async () => client.release(true),
  };
}
