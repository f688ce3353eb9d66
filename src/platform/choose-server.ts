/**
 * Which server a connection goes to, where several are named: the first, in their order, that takes writes. It is
 * looked for when it is not known, and kept until a connection to it fails or turns out to be read-only.
 */
import { Client, type PoolConfig, type QueryConfig } from 'pg';
import { readDatabaseAddress } from './database-address';

export interface Servers {
  /** How many there are to choose from. */
  count: number;
  /** The settings of a connection, to whichever server it goes. */
  settings: PoolConfig;
  /** The settings of a connection to the server that takes writes. @throws where there is none: the last one's reason */
  choose(): Promise<PoolConfig>;
  /** The server is not the one any more, or away: it is looked for again. */
  forget(): void;
  /** What the pool makes its connections with: each goes to the server that is chosen then. */
  Client: typeof Client;
}

/** The server answers, and takes no writes: it is a standby, or all its sessions are read-only. */
export class TakesNoWrites extends Error {
  /** As PostgreSQL says of a write there. */
  readonly code = '25006';
  constructor() {
    super('the database does not accept writes, because it is a standby or read-only');
    this.name = 'TakesNoWrites';
  }
}

/** A server that is away must not keep the next one waiting. */
const LONGEST_LOOK_MILLIS = 1_500;

/** @throws TakesNoWrites */
export async function expectWritable(client: Pick<Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ writable: boolean }>(QUESTION);
  if (rows[0]?.writable !== true) throw new TakesNoWrites();
}

/** Whether a session takes writes, without writing: for a statement. */
export const WRITABLE = "NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
const QUESTION = { text: `SELECT ${WRITABLE} AS writable`, query_timeout: 2_000 } satisfies QueryConfig & {
  query_timeout: number;
};

export function serversOf(connection: PoolConfig): Servers {
  const choices = settingsOf(connection);
  const [only] = choices;
  if (choices.length === 1 && only !== undefined)
    return { count: 1, settings: only, choose: async () => only, forget: () => undefined, Client };
  let known: PoolConfig | undefined;
  let looking: Promise<PoolConfig> | undefined;
  const look = async (): Promise<PoolConfig> => {
    let reason: unknown;
    for (const choice of choices) {
      try {
        await lookAt(choice);
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
    Client: clientOf(choose),
  };
}

/** The settings of each server. A connection that is not given as a URL is one server. */
function settingsOf(connection: PoolConfig): PoolConfig[] {
  const { connectionString } = connection;
  const read = connectionString === undefined ? undefined : readDatabaseAddress(connectionString);
  if (!read?.ok) return [connection];
  if (read.address.urls.length === 1) return [connection];
  return read.address.urls.map((url) => ({ ...connection, connectionString: url }));
}

async function lookAt(choice: PoolConfig): Promise<void> {
  const client = new Client({
    ...choice,
    application_name: 'homeward',
    connectionTimeoutMillis: LONGEST_LOOK_MILLIS,
    query_timeout: LONGEST_LOOK_MILLIS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await expectWritable(client);
  } finally {
    client.end().catch(() => undefined);
  }
}

/** A client of `pg` that asks for its server when it connects. */
function clientOf(choose: () => Promise<PoolConfig>): typeof Client {
  return class ChoosingClient extends Client {
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
