/** The first step: gives the received bytes (after content-decoding) an id, a time and their SHA-256. */
import { createHash } from 'node:crypto';
import type { Caller } from '../../engines/access/caller';
import type { Incoming, Received, Sender } from './steps';

export function receive(incoming: Incoming, newId: () => string, now: Date): Received {
  return {
    ...incoming,
    from: senderOf(incoming.caller),
    asked: { conditions: [], patients: new Set() },
    id: newId(),
    receivedAt: now,
    sha256: createHash('sha256').update(incoming.bytes).digest(),
  };
}

function senderOf({ sender, clientId, user }: Caller): Sender {
  return { sender, clientId, ...(user?.name === undefined ? {} : { userName: user.name }) };
}
