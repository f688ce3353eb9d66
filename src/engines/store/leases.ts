/**
 * Work that one node at a time must do: a MESH mailbox, the sweep of a folder, the queue of a destination. The node that
 * holds a lease renews it. When the node dies, the lease ends, and another node takes it within 15 seconds.
 *
 * The time is PostgreSQL's, so the clocks of the nodes need not agree. A node that is paused may work for a moment after
 * its lease has ended: what must happen once is held by a unique key in the same transaction, not by the lease.
 * @see docs/decisions/0049-leases.md
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../../platform/postgres';
import { within } from '../../platform/wait-at-most';

export interface LeaseOptions {
  /** Ends the work and gives the lease back. */
  signal: AbortSignal;
  /** Called when the work has failed, or when the lease could not be asked for. */
  onProblem: (error: unknown) => void;
  /** How long a lease is held without renewal, in milliseconds. */
  lastsMillis?: number;
}

const LASTS_MILLIS = 10_000;
/** How long to wait before work that has failed is begun again. */
const AFTER_FAILURE_MILLIS = 1_000;

/**
 * Runs the work on one node at a time, again and again: when the work returns or fails, it is begun again while the
 * lease is held. Resolves when `signal` is aborted and the work has ended.
 * @param name of the lease, the same on every node: `mesh:X26ABC1`
 * @param work must end soon after its signal is aborted, which happens when the lease is lost or at the end
 */
export async function keepLease(
  database: Queryable,
  name: string,
  work: (held: AbortSignal) => Promise<void>,
  { signal, onProblem, lastsMillis = LASTS_MILLIS }: LeaseOptions,
): Promise<void> {
  const lease = leaseOf(database, name, lastsMillis);
  const pause = (millis: number): Promise<void> =>
    sleep(millis, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const isOurs = await lease.take().catch((error: unknown) => {
      onProblem(error);
      return false;
    });
    if (!isOurs) {
      await pause(lastsMillis / 4);
      continue;
    }
    await whileHeld(lease, work, { signal, onProblem, lastsMillis });
    if (!signal.aborted) await pause(AFTER_FAILURE_MILLIS);
  }
  await lease.giveBack().catch(() => undefined);
}

interface Lease {
  /** Takes or renews the lease. @returns false when another node holds it */
  take(): Promise<boolean>;
  giveBack(): Promise<void>;
}

function leaseOf(database: Queryable, name: string, lastsMillis: number): Lease {
  const holder = randomUUID();
  return {
    take: async () => {
      const rows = await database.query(
        {
          name: 'lease_take',
          text: `INSERT INTO lease (name, holder, held_until)
            VALUES ($1, $2, clock_timestamp() + $3::integer * interval '1 millisecond')
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
            WHERE lease.holder = excluded.holder OR lease.held_until < clock_timestamp()
            RETURNING 1 AS ours`,
        },
        [name, holder, lastsMillis],
      );
      return rows.length > 0;
    },
    giveBack: async () => {
      await database.query(
        { name: 'lease_give_back', text: 'DELETE FROM lease WHERE name = $1 AND holder = $2' },
        [name, holder],
      );
    },
  };
}

/** Runs the work once, and renews the lease meanwhile. */
async function whileHeld(
  lease: Lease,
  work: (held: AbortSignal) => Promise<void>,
  { signal, onProblem, lastsMillis }: Required<LeaseOptions>,
): Promise<void> {
  const lost = new AbortController();
  const held = AbortSignal.any([signal, lost.signal]);
  let renewedAt = performance.now();
  let isRenewing = false;
  const renew = async (): Promise<void> => {
    // A database that does not answer must not let the lease end unnoticed.
    if (performance.now() - renewedAt > lastsMillis * 0.7) lost.abort();
    if (isRenewing || held.aborted) return;
    isRenewing = true;
    const askedAt = performance.now();
    try {
      if (await lease.take()) renewedAt = askedAt;
      else lost.abort();
    } catch (error) {
      onProblem(error);
    } finally {
      isRenewing = false;
    }
  };
  const timer = setInterval(() => void renew(), lastsMillis / 5);
  timer.unref();
  try {
    await work(held);
  } catch (error) {
    if (!held.aborted) onProblem(error);
  } finally {
    clearInterval(timer);
    await within(
      renewalEnded(() => isRenewing),
      lastsMillis,
    );
  }
}

async function renewalEnded(isRenewing: () => boolean): Promise<void> {
  while (isRenewing()) await sleep(20);
}
