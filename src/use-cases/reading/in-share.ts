/**
 * Lends the database to a reader: each statement is in the reader's share of the connections. So the slow searches of
 * one caller leave connections to others.
 */
import { DatabaseUnavailable } from '../../platform/postgres';
import type { Readable } from '../../platform/read-replica';
import type { Shares } from '../../platform/shares';

export interface Share {
  holder: string;
  shares: Shares;
  /** How long a statement waits for a place, in milliseconds. */
  millis: number;
}

export const databaseInShare = (database: Readable, share: Share): Readable => ({
  query: (statement, values) => inShare(share, () => database.query(statement, values)),
  bytes: (select) => inShare(share, () => database.bytes(select)),
});

/** @throws DatabaseUnavailable when the wait for a place was too long */
export async function inShare<T>({ holder, shares, millis }: Share, work: () => Promise<T>): Promise<T> {
  const leave = shares.tryTake(holder) ?? (await shares.take(holder, { millis }));
  if (leave === undefined)
    throw new DatabaseUnavailable(new Error('the wait for a place in the caller’s share timed out'));
  try {
    return await work();
  } finally {
    leave();
  }
}
