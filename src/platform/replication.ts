/**
 * Checks in PostgreSQL whether acknowledged data is on more than one disk. A commit is synchronous when a standby has
 * it on its disk before it is answered.
 * @see https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
 */
import { TakesNoWrites, WRITABLE } from './choose-server';
import { type Database, DatabaseUnavailable, type Queryable } from './postgres';

export interface Replication {
  /**
   * `synchronous`: a standby has every commit before it is answered. `unseen`: commits wait for a standby, and this
   * role may not see which. `none`: commits wait for no standby. `missing`: commits wait for a standby that is not
   * connected.
   */
  state: 'synchronous' | 'unseen' | 'none' | 'missing';
  /** One sentence for the operator; absent when there is no problem. */
  sentence?: string;
}

interface Row {
  writable: boolean;
  names: string;
  commit: string;
  sees: boolean;
  synchronous: number;
  waiting: number;
}

/** The settings with which the standby has a commit on its disk; with `remote_write` it has it only in memory. */
const ON_DISK = ['on', 'remote_apply'];
/** A commit that waits this long is not slow: no standby will answer it. */
export const WAITS_TOO_LONG_SECONDS = 2;
export const DOES_NOT_ANSWER = 'Commits wait for a synchronous standby that does not answer.';

const QUESTION = {
  name: 'replication',
  text: `SELECT ${WRITABLE} AS writable,
      current_setting('synchronous_standby_names') AS names, current_setting('synchronous_commit') AS commit,
      pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees,
      (SELECT count(*)::int FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS synchronous,
      (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::float8
        FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()) AS waiting`,
};

/**
 * @throws DatabaseUnavailable when the database is not available or accepts no writes; the connection is then closed
 */
export async function readReplication(database: Pick<Database, 'transaction'>): Promise<Replication> {
  return database.transaction(readIn);
}

async function readIn(tx: Queryable): Promise<Replication> {
  const [row] = await tx.query<Row & Record<string, unknown>>(QUESTION);
  if (row?.writable !== true) throw new DatabaseUnavailable(new TakesNoWrites());
  return judge(row);
}

export function judge({ names, commit, sees, synchronous, waiting }: Omit<Row, 'writable'>): Replication {
  if (waiting >= WAITS_TOO_LONG_SECONDS) return { state: 'missing', sentence: DOES_NOT_ANSWER };
  if (names === '')
    return {
      state: 'none',
      sentence:
        'Acknowledged submissions are on one server only. Add a standby, and set synchronous_standby_names in PostgreSQL.',
    };
  if (!ON_DISK.includes(commit))
    return {
      state: 'none',
      sentence: `synchronous_commit is ${commit}, so acknowledged submissions may not be on the disk of a standby. Set it to on.`,
    };
  if (!sees)
    return {
      state: 'unseen',
      sentence:
        'Commits wait for a standby, but Homeward cannot see which one. Grant pg_monitor to the role of DATABASE_URL.',
    };
  return synchronous > 0
    ? { state: 'synchronous' }
    : {
        state: 'missing',
        sentence:
          'Commits wait for a synchronous standby, but none is connected. The server cannot store anything. Connect a standby.',
      };
}

/** Wraps a database for submissions: it refuses a transaction whose commit would not be on a standby too. */
export function onlySynchronous(database: Database): Database {
  return {
    ...database,
    async transaction(work) {
      const done = await database.transaction(async (tx) => {
        const { state, sentence } = await readIn(tx);
        return state === 'none' || state === 'missing' ? { why: sentence } : { result: await work(tx) };
      });
      if ('result' in done) return done.result as never;
      throw new DatabaseUnavailable(new Error(done.why));
    },
  };
}

export interface Standby {
  /** For submissions: commits nothing without a standby, if one is required. */
  database: Database;
  /** The state for `/_status`. */
  health: { replication: () => Promise<Replication>; wantsStandby: boolean };
  /** A warning for the operator at start. */
  warning: string | undefined;
}

/** @param wanted whether to warn about a database without a standby; false for test data */
export async function watchStandby(
  database: Database,
  { required, wanted }: { required: boolean; wanted: boolean },
): Promise<Standby> {
  const wantsStandby = required || wanted;
  const replication = (): Promise<Replication> => readReplication(database);
  return {
    database: required ? onlySynchronous(database) : database,
    health: { replication, wantsStandby },
    warning: wantsStandby ? (await replication()).sentence : undefined,
  };
}
