/**
 * Who calls a use case that reads, what they may see, and the bounds that the answer keeps. Every interface makes one
 * for each call: `{ caller, visibility: visibilityOf(caller, reach, reading), fhirBase, now, room, gone }`.
 */
import type { Caller } from '../../engines/access/caller';
import type { Visibility } from '../../engines/access/visibility';
import { abandoned } from './failures';
import type { Failed } from './answered';

export interface Reader {
  caller: Caller;
  /** What the caller may see, by its scopes and the policy of the site. Every read needs one. */
  visibility: Visibility;
  /** The base address of links, such as `https://homeward.example/FHIR/R4`. */
  fhirBase: string;
  now: Date;
  room: Room;
  /** Aborted when the caller has disconnected. */
  gone: AbortSignal;
}

/** The largest answer, in bytes as the caller receives it. */
export interface Room {
  maxBytes: number;
  /** Returns the size of an answer from its JSON text. The size depends on the format; XML, for example, is larger. */
  bytesOf(json: string): number;
}

/** The limit for an answer that is sent as JSON. */
export const roomForJson = (maxBytes: number): Room => ({
  maxBytes,
  bytesOf: (json) => Buffer.byteLength(json),
});

/** Returns a failure when the caller has disconnected, so that the work ends; otherwise undefined. */
export const unwanted = ({ gone }: Pick<Reader, 'gone'>): Failed | undefined =>
  gone.aborted ? abandoned() : undefined;
