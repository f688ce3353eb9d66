/**
 * Lets a standby of the primary answer reads. Each read first asks the primary for its state. The standby answers when
 * it has replayed everything up to there, so a reader sees all that was committed before the read began. Otherwise the
 * primary answers: when the standby is behind, cannot be reached, or is not a standby of this primary.
 *
 * @example
 * const page = await replica.read((database) => searchEngine.search(database, request));
 *
 * @see docs/decisions/0064-read-replicas.md
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger';
import type { ByteSource, Database, Queryable, StateOfPrimary } from './postgres';
import { sparing } from './warn-sparingly';
import { within } from './wait-at-most';

/** What reads are answered from. */
export type Readable = Queryable & ByteSource;

/**
 * `current`: it has what the primary had when the read began. `behind`: it has not replayed that yet. `away`: it cannot
 * be reached. `foreign`: it is not a standby of the primary, or does not follow it any more. `failed`: it ended the
 * read, for example because replay conflicted with it.
 */
export type ReplicaState = 'current' | 'behind' | 'away' | 'foreign' | 'failed';

export interface ReplicaHealth {
  status: 'pass' | 'warn';
  /** One sentence for the operator; absent when there is no problem. */
  output?: string;
}

export interface ReadReplica {
  /** Runs a read on the replica, or on the primary; after a failure on the replica, once more on the primary. */
  read<T>(work: (database: Readable) => Promise<T>): Promise<T>;
  health(): Promise<ReplicaHealth>;
}

export interface ReplicaOptions {
  primary: Database;
  /** The pool of connections to the standby. */
  standby: Pick<Database, 'lend'>;
  /** Its address for people. */
  label: string;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Called for each read: whether the replica answered it, and why not. */
  onRead?: (state: ReplicaState) => void;
}

/** How long a read waits for the replica to replay the log. A standby in the same place takes some milliseconds. */
const WAIT_MILLIS = 100;
/** How long reads go to the primary at once after the replica was behind or away. Then one of them tries it again. */
const REST_MILLIS = 1_000;
/** A replica that does not answer a question of its state within this time is away. */
const ANSWERS_WITHIN_MILLIS = 1_000;
/** `/_status` waits longer, so that a busy moment is no warning. */
const HEALTH_WAIT_MILLIS = 1_000;

interface Primary extends Required<StateOfPrimary> {
  timeline: number;
  cluster: string;
}

/**
 * The position is asked for after the snapshot was taken, so every transaction that is visible in the snapshot has
 * committed before it.
 */
const PRIMARY = {
  name: 'state_of_primary',
  text: `SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS position,
      ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer AS timeline,
      (SELECT system_identifier::text FROM pg_control_system()) AS cluster`,
};

/**
 * A role without pg_monitor does not see the timeline of the WAL receiver. The one of the last restart point follows
 * after a fail-over, within `checkpoint_timeout`.
 */
const STANDBY = {
  name: 'state_of_standby',
  text: `SELECT pg_is_in_recovery() AS standby, pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached,
      coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint())) AS timeline,
      (SELECT system_identifier::text FROM pg_control_system()) AS cluster`,
};

export function openReadReplica({ primary, standby, label, log, onRead }: ReplicaOptions): ReadReplica {
  let restsUntil = 0;
  let known: ReplicaState = 'current';
  const warn = sparing((text: string) => log.warn(text));

  const note = (state: ReplicaState): void => {
    restsUntil = state === 'current' || state === 'failed' ? 0 : performance.now() + REST_MILLIS;
    if (state === 'failed') return;
    if (state !== 'current') warn(sentenceOf(state, label));
    else if (known !== 'current') log.info('the read replica answers reads again');
    known = state;
  };

  /** Runs the work on the replica, if it has the state of the primary. */
  const tryOn = async <T>(state: Primary, work: Work<T>, patience: number): Promise<Tried<T>> => {
    let failure: ReplicaState = 'away';
    try {
      return await standby.lend(async (one): Promise<Tried<T>> => {
        const found = await stateOf(one, state, patience);
        if (found !== 'current') return { state: found };
        failure = 'failed';
        const { snapshot, position } = state;
        return { state: 'current', result: await work({ ...one, asOf: { snapshot, position } }) };
      });
    } catch (error) {
      // The primary would take too long, too.
      if (hasTimedOut(error)) throw error;
      return { state: isNoStandby(error) ? 'foreign' : failure };
    }
  };

  return {
    async read(work) {
      if (performance.now() < restsUntil) {
        onRead?.(known);
        return work(primary);
      }
      // While it is behind or away, only one read at a time waits for it.
      if (known !== 'current') restsUntil = performance.now() + REST_MILLIS;
      const state = await stateOfPrimary(primary);
      const tried = await tryOn(state, work, WAIT_MILLIS);
      note(tried.state);
      onRead?.(tried.state);
      if ('result' in tried) return tried.result;
      return work({ ...onPrimary(primary), asOf: { position: state.position } });
    },
    async health() {
      const nothing = async (): Promise<void> => undefined;
      const { state } = await tryOn(await stateOfPrimary(primary), nothing, HEALTH_WAIT_MILLIS);
      note(state);
      return state === 'current' ? { status: 'pass' } : { status: 'warn', output: sentenceOf(state, label) };
    },
  };
}

type Work<T> = (database: Readable) => Promise<T>;
type Tried<T> = { state: 'current'; result: T } | { state: ReplicaState };

const onPrimary = ({ query, bytes }: Database): Readable => ({ query, bytes });

async function stateOfPrimary(primary: Database): Promise<Primary> {
  const [row] = await primary.query<Primary & Record<string, unknown>>(PRIMARY);
  return row!;
}

/** Waits until the replica has replayed the log up to the position, but not longer than the patience. */
async function stateOf(
  one: Queryable,
  { position, timeline, cluster }: Primary,
  patience: number,
): Promise<ReplicaState> {
  const until = performance.now() + patience;
  for (let pause = 2; ; pause = Math.min(2 * pause, 20)) {
    const [row] = await answered(
      one.query<{ standby: boolean; reached: boolean | null; timeline: number; cluster: string }>(STANDBY, [
        position,
      ]),
    );
    if (row?.standby !== true || row.cluster !== cluster || row.timeline !== timeline) return 'foreign';
    if (row.reached === true) return 'current';
    if (performance.now() + pause > until) return 'behind';
    await sleep(pause);
  }
}

/** @throws when the replica does not answer in time; its connection is then closed */
async function answered<T>(rows: Promise<T[]>): Promise<T[]> {
  let found: T[] | undefined;
  const arrived = rows.then((known) => {
    found = known;
  });
  await within(arrived, ANSWERS_WITHIN_MILLIS);
  arrived.catch(() => undefined);
  if (found === undefined) throw new Error('the read replica does not answer');
  return found;
}

function sentenceOf(state: ReplicaState, label: string): string {
  switch (state) {
    case 'behind':
      return `The read replica at ${label} has not replayed what the primary has committed. The primary answers reads. Check the replication.`;
    case 'foreign':
      return `The server at ${label} is not a standby that follows the primary. The primary answers reads. Check DATABASE_REPLICA_URL.`;
    default:
      return `Cannot use the read replica at ${label}. The primary answers reads. Check that it is running and that DATABASE_REPLICA_URL is right.`;
  }
}

const causes = function* (error: unknown): Generator<{ code?: unknown }> {
  for (
    let each = error;
    typeof each === 'object' && each !== null;
    each = (each as { cause?: unknown }).cause
  )
    yield each;
};

/** SQLSTATE 57014, query_canceled: the statement timeout. A conflict with replay has another code. */
const hasTimedOut = (error: unknown): boolean => [...causes(error)].some(({ code }) => code === '57014');
const isNoStandby = (error: unknown): boolean => [...causes(error)].some(({ code }) => code === 'NO_STANDBY');
