/**
 * The systems that deliveries are sent to. Each road adds its own: the rules of `FORWARD_FILE`, the mailboxes of
 * `MESH_FILE` (for reports), the addresses of `RESPONSE_URLS`. They may change while the server runs.
 */
import type { MeshTarget } from '../interfaces/forwarding/forward-file';
import type { Destination } from '../use-cases/forwarding/outbox';

/** Makes the destination of a rule that passes on to a MESH mailbox. */
export type MeshDestination = (name: string, target: MeshTarget) => Destination;

export interface Destinations {
  /** @param source returns the destinations as they are now; the same objects while nothing has changed */
  add(source: () => readonly Destination[]): void;
  /** Set by the MESH road. */
  mesh?: MeshDestination;
  all(): Destination[];
}

export function createDestinations(): Destinations {
  const sources: (() => readonly Destination[])[] = [];
  return {
    add: (source) => void sources.push(source),
    all: () => sources.flatMap((source) => source()),
  };
}
