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
  /** What the caller may see, by its scopes and the policy of the site. Nothing is read without one. */
  visibility: Visibility;
  /** Where links lead, such as `https://homeward.example/FHIR/R4`. */
  fhirBase: string;
  now: Date;
  room: Room;
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal;
}

/** How large an answer may be, in bytes as the caller receives it. */
export interface Room {
  maxBytes: number;
  /** The size of an answer, given its JSON text: XML, for example, is larger. */
  bytesOf(json: string): number;
}

/** An answer that goes out as the JSON text that it is. */
export const roomForJson = (maxBytes: number): Room => ({
  maxBytes,
  bytesOf: (json) => Buffer.byteLength(json),
});

/** Whether anybody still waits: work for a caller that has gone ends with this failure. */
export const unwanted = ({ gone }: Pick<Reader, 'gone'>): Failed | undefined =>
  gone.aborted ? abandoned() : undefined;
