/**
 * Chooses the database server for a connection when several are configured: the first one, in their order, that accepts
 * writes (for a read replica: that is a standby). The choice is remembered until a connection to that server fails or turns out to be read-only.
 */
import { Client, type PoolConfig, type QueryConfig } from 'pg';
import { readDatabaseAddress, type AddressVariable } from './database-address';
import { ListeningClient } from './listening-client';

export interface Servers {
  /** The number of servers. */
  count: number;
  /** The settings of a connection, for any of the servers. */
  settings: PoolConfig;
  /**
   * The settings of a connection to a server of the right kind.
   * @throws when there is none: the error of the last server
   */
  choose(): Promise<PoolConfig>;
  /** Reports that the chosen server is not available or no longer of the right kind. The next connection chooses again. */
  forget(): void;
  /** Checks a new connection, because an address may lead to another server for a while. @throws when it is the wrong one */
  expect: Expect;
  /** The client class for the pool. Each connection goes to the server that is chosen at that time. */
  Client: typeof Client;
}

type Expect = (client: Pick<Client, 'query'>) => Promise<void>;

/** The server answers but accepts no writes: it is a standby, or all its sessions are read-only. */
export class TakesNoWrites extends Error {
  /** The SQLSTATE with which PostgreSQL refuses a write there. */
  readonly code = '25006';
  constructor() {
    super('the database does not accept writes, because it is a standby or read-only');
    this.name = 'TakesNoWrites';
  }
}

/** The server is not a standby: a read replica must be one. */
export class NoStandby extends Error {
  readonly code = 'NO_STANDBY';
  constructor() {
    super('the database is not a standby');
    this.name = 'NoStandby';
  }
}

/** The time limit of one server, so that one that does not answer does not delay the next. */
const LONGEST_LOOK_MILLIS = 1_500;

/** @throws TakesNoWrites */
export async function expectWritable(client: Pick<Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ writable: boolean }>(QUESTION);
  if (rows[0]?.writable !== true) throw new TakesNoWrites();
}

/** @throws NoStandby */
async function expectStandby(client: Pick<Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>(STANDBY);
  if (rows[0]?.standby !== true) throw new NoStandby();
}

/** SQL that tells whether a session accepts writes, without writing. */
export const WRITABLE = "NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
const QUESTION = { text: `SELECT ${WRITABLE} AS writable`, query_timeout: 2_000 } satisfies QueryConfig & {
  query_timeout: number;
};
const STANDBY = { text: 'SELECT pg_is_in_recovery() AS standby', query_timeout: 2_000 };

/** What the server must be, and the variable that names it. */
const ROLES = {
  primary: { expect: expectWritable, variable: 'DATABASE_URL' },
  standby: { expect: expectStandby, variable: 'DATABASE_REPLICA_URL' },
} as const;

export function serversOf(connection: PoolConfig, role: keyof typeof ROLES = 'primary'): Servers {
  const { expect, variable } = ROLES[role];
  const choices = settingsOf(connection, variable);
  const [only] = choices;
  if (choices.length === 1 && only !== undefined)
    return {
      count: 1,
      settings: only,
      choose: async () => only,
      forget: () => undefined,
      expect,
      Client: ListeningClient,
    };
  let known: PoolConfig | undefined;
  let looking: Promise<PoolConfig> | undefined;
  const look = async (): Promise<PoolConfig> => {
    let reason: unknown;
    for (const choice of choices) {
      try {
        await lookAt(choice, expect);
        known = choice;
        return choice;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  };
  const choose = async (): Promise<PoolConfig> => {
    if (known) return known;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  return {
    count: choices.length,
    settings: only ?? connection,
    choose,
    forget: () => {
      known = undefined;
    },
    expect,
    Client: clientOf(choose),
  };
}

/** The settings of each server. A connection that is not given as a URL has one server. */
function settingsOf(connection: PoolConfig, variable: AddressVariable): PoolConfig[] {
  const { connectionString } = connection;
  const read = connectionString === undefined ? undefined : readDatabaseAddress(connectionString, variable);
  if (!read?.ok) return [connection];
  if (read.address.urls.length === 1) return [connection];
  return read.address.urls.map((url) => ({ ...connection, connectionString: url }));
}

async function lookAt(choice: PoolConfig, expect: Expect): Promise<void> {
  const client = new ListeningClient({
    ...choice,
    application_name: 'homeward',
    connectionTimeoutMillis: LONGEST_LOOK_MILLIS,
    query_timeout: LONGEST_LOOK_MILLIS,
  });
  try {
    await client.connect();
    await expect(client);
  } finally {
    client.end().catch(() => undefined);
  }
}

/** A client of `pg` that chooses its server when it connects. */
function clientOf(choose: () => Promise<PoolConfig>): typeof Client {
  return class ChoosingClient extends ListeningClient {
    override connect(): Promise<this>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<this> | void {
      const connected = choose().then((chosen) => {
        const { host, port } = new Client(chosen);
        Object.assign(this, { host, port });
        return super.connect();
      });
      if (callback === undefined) return connected.then(() => this);
      connected.then(() => (callback as () => void)(), callback);
    }
  };
}
