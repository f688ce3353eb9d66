/**
 * Tells what a migration waits for, while a start is held up by it: a synchronous standby that is not there, a lock of
 * another session, another node that migrates, or a statement that takes long. It asks on connections of its own,
 * because the one that migrates is busy.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../../platform/choose-server';
import { ListeningClient } from '../../platform/listening-client';
import { DOES_NOT_ANSWER, WAITS_TOO_LONG_SECONDS } from '../../platform/replication';

/** The session that holds the lock of the migrations: this node's or another's. */
interface Session {
  pid: number;
  /** The address of another machine. */
  address: string | null;
  /** Null when this role may not see what the session does. */
  state: string | null;
  waitEvent: string | null;
  /** How long its statement has been running, or how long it has asked nothing. */
  seconds: number;
  /** The sessions that hold a lock that it waits for. */
  blockers: number[];
  /** The setting `synchronous_standby_names`. */
  names: string;
}

export interface MigrationWatch {
  servers: Servers;
  /** The key of the advisory lock that whoever migrates holds. */
  lockKey: string;
  /** The session of this node. */
  ownPid: () => number | undefined;
  /** Takes a sentence for the operator, again at each look while it holds; undefined when nothing is waited for. */
  onWait: (sentence: string | undefined) => void;
}

const LOOK_EVERY_MILLIS = 2_000;
/** A statement of a migration or a lock that takes this long is worth a line; most take milliseconds. */
const LONG_SECONDS = 10;

const holder = (lockKey: string): string => `SELECT activity.pid, host(activity.client_addr) AS address,
    activity.state, activity.wait_event AS "waitEvent", pg_blocking_pids(activity.pid) AS blockers,
    coalesce(extract(epoch FROM clock_timestamp() -
      CASE activity.state WHEN 'active' THEN activity.query_start ELSE activity.state_change END), 0)::float8 AS seconds,
    current_setting('synchronous_standby_names') AS names
  FROM pg_locks JOIN pg_stat_activity AS activity ON activity.pid = pg_locks.pid
  WHERE pg_locks.locktype = 'advisory' AND pg_locks.granted AND pg_locks.objsubid = 1
    AND activity.datname = current_database() AND pg_locks.database = activity.datid
    AND (pg_locks.classid::bigint << 32 | pg_locks.objid::bigint) = ${lockKey}`;

/** @returns ends the watch */
export function watchMigration(watch: MigrationWatch): () => void {
  const ended = new AbortController();
  const look = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await sleep(LOOK_EVERY_MILLIS, undefined, { ref: false, signal: ended.signal });
      // Without an answer nothing is known, and the migration itself fails if the database is away.
      const session = await read(watch).catch(() => undefined);
      if (!ended.signal.aborted) watch.onWait(session && sentenceOf(session, watch.ownPid()));
    }
  };
  void look().catch(() => undefined);
  return () => {
    ended.abort();
    watch.onWait(undefined);
  };
}

async function read({ servers, lockKey }: MigrationWatch): Promise<Session | undefined> {
  const client = new ListeningClient({
    ...(await servers.choose()),
    application_name: 'homeward',
    connectionTimeoutMillis: LOOK_EVERY_MILLIS,
    query_timeout: LOOK_EVERY_MILLIS,
  });
  try {
    await client.connect();
    return (await client.query<Session>(holder(lockKey))).rows[0];
  } finally {
    client.end().catch(() => undefined);
  }
}

/** Undefined while nothing takes long. */
export function sentenceOf(session: Session, ownPid: number | undefined): string | undefined {
  const { pid, address, state, waitEvent, seconds, blockers, names } = session;
  const isOwn = pid === ownPid;
  const from = address === null ? '' : ` from ${address}`;
  const other = `Another node is migrating the database (session ${pid}${from})`;
  if (waitEvent === 'SyncRep' && seconds >= WAITS_TOO_LONG_SECONDS)
    return (
      `${isOwn ? '' : `${other}. `}${DOES_NOT_ANSWER} synchronous_standby_names is ${names}. Connect the standby. ` +
      'If this database was restored and has no standby, clear the setting (docs/backup.md).'
    );
  if (seconds < LONG_SECONDS && state !== null) return undefined;
  if (blockers.length > 0)
    return `${isOwn ? 'The' : `${other}. Its`} migration waits for a lock that session ${blockers.join(', ')} of PostgreSQL holds. Wait for that session, or end it with pg_terminate_backend.`;
  if (isOwn) return 'A statement of the migration takes long. Wait for it.';
  if (state === null)
    return `${other}. Homeward cannot see what it waits for. Grant pg_monitor to the role of DATABASE_URL.`;
  return state === 'active'
    ? `${other}, and a statement takes long. Wait for it.`
    : `${other}, and has sent no statement for ${LONG_SECONDS} seconds. If that node does not answer, stop it.`;
}
