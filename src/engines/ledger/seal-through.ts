/** Seals until a transaction is covered, for a command that may go on only when its own record is sealed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readHead } from './head';
import { lookAndSeal, type SealOptions } from './seal';

/** The record of a command could not be sealed in time. */
export class SealingHeldBack extends Error {
  constructor() {
    super('could not seal the record of the command');
    this.name = 'SealingHeldBack';
  }
}

const SEALED_WITHIN_MILLIS = 60_000;

/** @throws SealingHeldBack after a minute: a transaction that is open since before holds sealing back */
export async function sealThrough(options: SealOptions, xid: bigint): Promise<void> {
  const deadline = Date.now() + SEALED_WITHIN_MILLIS;
  for (;;) {
    const { last, sealed } = await lookAndSeal(options);
    if (last && BigInt(readHead(last.head)?.upto ?? '0') > xid) return;
    if (Date.now() > deadline) throw new SealingHeldBack();
    if (!sealed?.more) await sleep(100);
  }
}
