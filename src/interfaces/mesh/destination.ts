/**
 * MESH as a destination of the outbox: reports to the senders of messages, and Bundles that are passed on. MESH answers
 * 202 when it has the message; a REPORT that comes later says that it could not be delivered.
 */
import type { Delivery, Destination, Sent } from '../../use-cases/forwarding/outbox';
import type { Mailbox } from './mailbox';
import type { Mailboxes } from './mailboxes';
import { MeshAway, MeshRefusal } from './mesh-fault';
import type { MeshSettings } from './mesh-file';
import { sendMessage, type Letter } from './send-message';

/** How a delivery is addressed, as the outbox keeps it. */
export interface Envelope {
  /** The mailbox that sends. */
  from: string;
  to: string;
  workflow: string;
  localId: string;
  subject?: string;
  fileName?: string;
}

export interface MeshDestinationOptions {
  name: string;
  /** The mailbox as the settings have it now; undefined when they no longer have it. */
  mailboxOf: (name: string) => Mailbox | undefined;
  envelopeOf: (delivery: Delivery) => Envelope;
}

/** What MESH will not accept later either: the message, its recipient or its workflow is wrong. */
const REFUSED: ReadonlySet<number> = new Set([400, 409, 413, 415, 417, 422]);

export function meshDestination({ name, mailboxOf, envelopeOf }: MeshDestinationOptions): Destination {
  return {
    name,
    send: async (delivery, signal) => {
      const envelope = envelopeOf(delivery);
      const mailbox = mailboxOf(envelope.from);
      if (mailbox === undefined) return { again: `MESH_FILE has no mailbox ${envelope.from}. Add it again.` };
      try {
        if (delivery.isUncertain) {
          const before = await sentBefore(mailbox, envelope, signal);
          if (before !== undefined) return before;
        }
      } catch (error) {
        return { ...failure(error), isUncertain: true };
      }
      const { bytes, contentType } = await delivery.content();
      try {
        const { from: _from, ...address } = envelope;
        const letter: Letter = { ...address, contentType: plainType(contentType), bytes };
        return { delivered: await sendMessage(mailbox, letter, signal) };
      } catch (error) {
        if (error instanceof MeshRefusal && REFUSED.has(error.status)) return { refused: error.message };
        return failure(error);
      }
    },
  };
}

/** The destination of the reports of a mailbox, in the outbox and in `/deliveries`. */
export const reportsOf = (mailbox: string): string => `mesh:${mailbox}`;

/** A destination for the reports of each mailbox of the file, made anew when the file has changed. */
export function reportDestinations(
  mailboxes: Pick<Mailboxes, 'find' | 'settings'>,
): () => readonly Destination[] {
  let made: { of: MeshSettings; destinations: readonly Destination[] } | undefined;
  return () => {
    const settings = mailboxes.settings();
    if (made?.of !== settings)
      made = {
        of: settings,
        destinations: settings.mailboxes.map(({ mailbox }) =>
          meshDestination({
            name: reportsOf(mailbox),
            mailboxOf: (name) => mailboxes.find(name)?.mailbox,
            // The envelope was written together with the report.
            envelopeOf: ({ envelope }) => envelope as unknown as Envelope,
          }),
        ),
      };
    return made.destinations;
  };
}

/** Makes the destination of a rule of `FORWARD_FILE` that passes summaries on through MESH. */
export function forwardingOver(
  mailboxes: Pick<Mailboxes, 'find'>,
): (name: string, target: { from: string; mailbox: string; workflow: string }) => Destination {
  return (name, { from, mailbox, workflow }) =>
    meshDestination({
      name,
      mailboxOf: (sending) => mailboxes.find(sending)?.mailbox,
      // The delivery's id is the same in every attempt, so MESH can say whether it has the message.
      envelopeOf: ({ id }) => ({ from: from.toUpperCase(), to: mailbox, workflow, localId: id }),
    });
}

/**
 * Asks MESH whether an earlier attempt, whose answer was lost, arrived.
 * @returns undefined when it did not, or when MESH cannot say which message is meant: then it is sent again
 */
async function sentBefore(
  mailbox: Mailbox,
  { localId, fileName }: Envelope,
  signal: AbortSignal,
): Promise<Sent | undefined> {
  const sent = await mailbox.sent(localId, signal);
  if (sent.found !== 'one') return undefined;
  if (fileName !== undefined && sent.fileName !== fileName) return undefined;
  if (sent.state === 'undelivered') return { refused: 'MESH could not deliver it.' };
  return sent.state === 'sent' ? { delivered: sent.messageId } : undefined;
}

function failure(error: unknown): { again: string; isUncertain?: boolean } {
  if (error instanceof MeshRefusal) return { again: error.message };
  if (error instanceof MeshAway)
    return error.isSent ? { again: error.message, isUncertain: true } : { again: error.message };
  throw error;
}

/** Without parameters, such as `charset=utf-8`. */
const plainType = (contentType: string): string => contentType.split(';')[0]!.trim();
