/**
 * Runs the writing transaction of a submission in the line of what it writes about, and in the share of its sender. A
 * sender has two thirds of the connections at most, so however long its transactions take, others can store theirs.
 */
import { DatabaseUnavailable } from '../../../platform/postgres';
import { inTurn } from '../../../platform/in-turn';
import type { Leave, Shares } from '../../../platform/shares';

export interface Turn {
  sender: string;
  /** The lines to wait in. */
  turns: readonly string[];
  /** How long each wait may be, in milliseconds. */
  millis: number;
  shares: Shares;
}

/** @throws DatabaseUnavailable when a wait was too long */
export async function inTurnAndShare<T>(
  { sender, turns, millis, shares }: Turn,
  work: () => Promise<T>,
): Promise<T> {
  // A place is taken at the end of the line: who waits in a line needs no connection.
  const done = await inTurn(turns, millis, async () => {
    const leave = shares.tryTake(sender);
    return leave === undefined ? undefined : { result: await leaving(leave, work) };
  });
  if (done) return done.result;
  // And it is waited for outside of the line, where others go on.
  const leave = await shares.take(sender, { millis });
  if (leave === undefined)
    throw new DatabaseUnavailable(new Error('the wait for a connection of the sender’s share timed out'));
  return leaving(leave, () => inTurn(turns, millis, work));
}

async function leaving<T>(leave: Leave, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    leave();
  }
}
