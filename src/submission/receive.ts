/** The first step: the bytes as they came (after content-decoding) get an id, a time and their SHA-256. */
import { createHash } from 'node:crypto';
import type { Incoming, Received } from './steps';

export function receive(incoming: Incoming, newId: () => string, now: Date): Received {
  return {
    ...incoming,
    id: newId(),
    receivedAt: now,
    sha256: createHash('sha256').update(incoming.bytes).digest(),
  };
}
