/**
 * Rebuilds derived columns in the background while the server serves, when a definition has changed or an operator has
 * requested it, and reports its progress. One of several nodes does it at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readIndexedTypes, readReindexing, type Reindexing } from '../engines/store/index-state';
import { reindexTable } from '../engines/store/reindex';
import { reindexAlone } from '../engines/store/reindex-alone';
import type { Logger } from '../platform/logger';
import { describeError } from '../platform/logger';
import type { Database, Session } from '../platform/postgres';
import { sparing } from '../platform/warn-sparingly';
import { carryOut, movesNeeded, type Indexed } from './indexing';

/** The state for `/_status`. */
export interface ReindexHealth {
  /** Tables in which types are being reindexed, or wait for it. */
  tables: readonly { types: readonly string[]; done: number; total: number }[];
  /** Since when it fails. */
  failing?: Date;
}

export interface BackgroundReindex {
  health(): ReindexHealth;
  start(): void;
  stop(): Promise<void>;
}

/** Making the rows of one batch takes about 10 ms, in which no request is answered. */
const RESOURCES_AT_ONCE = 50;
/** How often it checks for work. */
const LOOK_EVERY_MILLIS = 60_000;
/** How often it checks while another node does the work, or after a failure. */
const LOOK_AGAIN_MILLIS = 5_000;

export function backgroundReindex(
  database: Database,
  indexed: Indexed,
  log: Logger,
  lookAgainMillis = LOOK_AGAIN_MILLIS,
): BackgroundReindex {
  const stopping = new AbortController();
  const onProblem = sparing((text: string, error: unknown) => log.warn({ err: describeError(error) }, text));
  let known: Reindexing[] = [];
  let failing: Date | undefined;
  let running: Promise<void> | undefined;

  /** The requested work that this version's definitions can do. Nodes of another version do the rest. */
  const isMine = ({ wanted }: Reindexing): boolean =>
    Object.entries(wanted).every(([type, fingerprint]) => indexed.fingerprints[type] === fingerprint);

  const work = async (session: Session): Promise<void> => {
    for (const move of await movesNeeded(session, indexed, await readIndexedTypes(session)))
      await carryOut(session, move, (message, fields) => log.info(fields ?? {}, message), stopping.signal);
    for (const each of (await readReindexing(session)).filter(isMine)) await run(session, each);
  };

  const run = async (session: Session, reindexing: Reindexing): Promise<void> => {
    const table = indexed.tables.find(({ name }) => name === reindexing.table);
    if (!table) return;
    const types = Object.keys(reindexing.wanted);
    const current = { ...reindexing };
    known = [...known.filter((each) => each.table !== table.name), current];
    log.info({ types: shown(types), versions: reindexing.total }, 'indexing anew');
    const written = await reindexTable(
      {
        database: session,
        table,
        atOnce: RESOURCES_AT_ONCE,
        stop: stopping.signal,
        onProgress: ({ looked }) => (current.done += looked),
      },
      reindexing,
    );
    if (written !== undefined)
      log.info({ types: shown(types), versions: current.done, written }, 'indexed anew');
  };

  /** @returns when to check again, in milliseconds */
  const look = async (): Promise<number> => {
    try {
      known = await readReindexing(database);
      const isAsked = known.some(isMine);
      const strays = await movesNeeded(database, indexed, await readIndexedTypes(database));
      if (isAsked || strays.length > 0) {
        const { isMine: done } = await reindexAlone(database, { waits: false, stop: stopping.signal }, work);
        known = await readReindexing(database);
        failing = undefined;
        return done && !known.some(isMine) ? LOOK_EVERY_MILLIS : lookAgainMillis;
      }
      failing = undefined;
      return known.length > 0 ? lookAgainMillis : LOOK_EVERY_MILLIS;
    } catch (error) {
      if (stopping.signal.aborted) return 0;
      failing ??= new Date();
      onProblem('could not re-index the derived columns; the server tries again every few seconds', error);
      return lookAgainMillis;
    }
  };

  return {
    health: () => ({
      tables: known.map(({ wanted, done, total }) => ({ types: Object.keys(wanted), done, total })),
      ...(failing ? { failing } : {}),
    }),
    start: () => {
      running ??= repeat(look, stopping.signal);
    },
    stop: async () => {
      stopping.abort(new Error('the server stops'));
      await running;
    },
  };
}

/** Checks for work repeatedly, each time after the returned wait, until it is stopped. */
async function repeat(look: () => Promise<number>, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const wait = await look();
    if (stop.aborted) return;
    await sleep(wait, undefined, { ref: false, signal: stop }).catch(() => undefined);
  }
}

/** Many types share a table: the first is enough. */
function shown(types: readonly string[]): string {
  return types.length <= 5
    ? types.join(', ')
    : `${types.slice(0, 3).join(', ')} and ${types.length - 3} more`;
}
