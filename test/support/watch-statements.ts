/** Sees each statement on its way to PostgreSQL, transactions' own included, while something is done. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Server } from 'node:http';
import type { Database } from '../../src/platform/postgres';

export interface Seen {
  text: string;
  values: readonly unknown[];
  /** Statements of one transaction, or of one loan of a connection, have the same number. */
  transaction?: number;
}

type Query = (statement: string | { text: string; values?: unknown[] }, ...rest: unknown[]) => unknown;

/** @param isAskedFor called with each statement before it is sent: whether it is kept */
export async function watchStatements(
  database: Database,
  work: () => Promise<unknown>,
  isAskedFor: (text: string) => boolean = () => true,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const pool = database.pool as unknown as { query: Query; connect: (...args: unknown[]) => unknown };
  const { query, connect } = pool;
  const undo: (() => void)[] = [];
  let transactions = 0;
  const note = (statement: Parameters<Query>[0], transaction?: number): void => {
    const { text, values = [] } = typeof statement === 'string' ? { text: statement } : statement;
    if (!isAskedFor(text)) return;
    seen.push({ text, values, ...(transaction === undefined ? {} : { transaction }) });
  };
  pool.query = (...args) => {
    note(args[0]);
    return query.apply(pool, args);
  };
  // The pool's own `query` connects with a callback; transactions connect with a promise.
  const lent = new Map<object, number>();
  pool.connect = async (...args) => {
    if (args.length > 0) return connect.apply(pool, args);
    const client = (await connect.apply(pool)) as { query: Query };
    const isWatched = lent.has(client);
    lent.set(client, (transactions += 1));
    if (isWatched) return client;
    const { query: own } = client;
    client.query = (...given) => {
      note(given[0], lent.get(client));
      return own.apply(client, given);
    };
    undo.push(() => {
      client.query = own;
    });
    return client;
  };
  try {
    await work();
  } finally {
    Object.assign(pool, { query, connect });
    for (const each of undo) each();
  }
  return seen;
}

/** As `watchStatements`, without what the server asks by the clock: only what it asks to answer a request. */
export async function statementsOfRequests(
  database: Database,
  work: () => Promise<unknown>,
): Promise<Seen[]> {
  const answering = new AsyncLocalStorage<true>();
  const { emit } = Server.prototype;
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    const pass = (): boolean => Reflect.apply(emit, this, [event, ...args]) as boolean;
    return event === 'request' ? answering.run(true, pass) : pass();
  };
  try {
    return await watchStatements(database, work, () => answering.getStore() === true);
  } finally {
    Reflect.deleteProperty(Server.prototype, 'emit');
  }
}
