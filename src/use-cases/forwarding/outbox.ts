/**
 * The outbox: what is to be sent to other systems. A row is written in the transaction of its submission, and a worker
 * sends it afterwards, so nothing that was accepted is forgotten and nothing is sent that was not stored.
 *
 * @example a report to the sender of a message, together with its submission
 * alongside: ({ submissionId, issues }) => [
 *   deliveryRow(
 *     { name: 'mesh:X26ABC1', submission: submissionId, payload: { bytes, contentType }, envelope: { to: 'X26ABC2' } },
 *     { newId, now },
 *   ),
 * ]
 * @see docs/decisions/0053-outbox.md
 */
import type { PlainWrite } from '../../engines/store/commit';
import { newDelivery, NOT_STORED, TAKEN_BACK } from '../../engines/store/outbox';
import type { JsonObject } from '../../fhir/types';
import type { NewId } from '../../platform/ids';

/** Bytes to send, and their media type. */
export interface Content {
  bytes: Buffer;
  contentType: string;
}

export interface NewDelivery {
  /** The destination. Each has one queue, and its deliveries are sent in order. */
  name: string;
  /** The id of the submission that it belongs to. */
  submission: string;
  /** Small bytes of its own. Without them the submission is sent as it was received. */
  payload?: Content;
  /** What the destination needs beside the bytes, such as the mailbox of the recipient. No patient data. */
  envelope?: JsonObject;
}

/** How long a delivery is tried before it is given up. */
export const TRIED_FOR_MILLIS = 7 * 24 * 60 * 60 * 1000;

/** The row of a delivery, for `Incoming.alongside` or for `commit`. */
export function deliveryRow(
  { name, submission, payload, envelope = {} }: NewDelivery,
  { newId, now }: { newId: NewId; now: () => Date },
): PlainWrite {
  const createdAt = now();
  return newDelivery({
    id: newId(),
    name,
    submissionId: submission,
    createdAt,
    giveUpAt: new Date(createdAt.getTime() + TRIED_FOR_MILLIS),
    envelope,
    ...(payload ? { payload } : {}),
  });
}

/** A delivery that is sent now. */
export interface Delivery {
  /** The same in every attempt, so that a receiver can recognise a repeated one. */
  id: string;
  name: string;
  submission: string;
  createdAt: Date;
  envelope: JsonObject;
  /** 1 for the first. */
  attempt: number;
  /**
   * True when an earlier attempt may have arrived: it began, and its answer is not known, because the node died or the
   * connection broke.
   */
  isUncertain: boolean;
  /** Its bytes: its own, or those of the submission as they were received. */
  content(): Promise<Content>;
}

/** Whether the destination is only to learn what was taken back: for the rest, the rules name others now. */
export const isOnlyRetraction = ({ envelope }: Pick<Delivery, 'envelope'>): boolean =>
  envelope[TAKEN_BACK] === true;

/** Whether the submission says something else than what is stored, so that no destination is to have it. */
export const saysWhatIsNotStored = ({ envelope }: Pick<Delivery, 'envelope'>): boolean =>
  envelope[NOT_STORED] === true;

/** How an attempt ended. No text contains patient data: operators read it in `/deliveries`, `/_status` and the log. */
export type Sent =
  | 'delivered'
  /**
   * Delivered, with the name that the destination gave it (the id of a MESH message), to settle it by later. `remark`:
   * what was not sent of it, and why.
   */
  | ({ delivered: string | undefined; remark?: string } & Noted)
  /** The destination does not accept this delivery, or there is nothing to send. The next one goes on. */
  | ({ refused: string } & Noted)
  /** It is tried again later. `isUncertain`: it may have arrived. */
  | ({ again: string; isUncertain?: boolean } & Noted);

interface Noted {
  /** What the destination has been told, to be added to the envelope. */
  note?: JsonObject;
}

/** Another system that takes deliveries. */
export interface Destination {
  name: string;
  /**
   * Sends one delivery and waits for the answer.
   * @param signal ends the attempt, when the server stops or another node takes over
   * @throws anything: the delivery is tried again, and `isUncertain` is true of the next attempt
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<Sent>;
}
