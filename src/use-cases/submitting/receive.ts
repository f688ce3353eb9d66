/** The first step: gives the received bytes (after content-decoding) an id, a time and their SHA-256. */
import type { Caller } from '../../engines/access/caller';
import type { Slices } from '../../fhir/slices';
import { hashInSlices } from '../../fhir/hash-in-slices';
import type { Incoming, Received, Sender } from './steps';

export function* receive(incoming: Incoming, newId: () => string, now: Date): Slices<Received> {
  return {
    ...incoming,
    from: senderOf(incoming.caller),
    asked: { conditions: [], patients: new Set() },
    id: newId(),
    receivedAt: now,
    sha256: yield* hashInSlices('sha256', incoming.bytes),
  };
}

function senderOf({ sender, clientId, user }: Caller): Sender {
  return { sender, clientId, ...(user?.name === undefined ? {} : { userName: user.name }) };
}
