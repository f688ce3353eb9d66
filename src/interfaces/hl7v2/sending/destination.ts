/**
 * An HL7 v2 listener as a destination of the outbox. `AA` and `CA` deliver; `AE` and `CE` refuse this message; `AR` and
 * `CR` speak of the gateway or the configuration, so the message is tried again.
 * @see docs/transports/passing-on.md
 */
import { Hl7Message } from '@medplum/core';
import type { AnyResource } from '../../../fhir/types';
import { NoAnswer } from '../../../use-cases/forwarding/no-answer';
import type { Destination, Sent } from '../../../use-cases/forwarding/outbox';
import { documentMessage, type Parties } from './document-message';
import { sendMessage } from './mllp-client';

type ReadFile = () => Promise<string | undefined>;

export interface Hl7v2Listener {
  name: string;
  host: string;
  port: number;
  /** TLS, where it is set. */
  tls?: { ca: ReadFile; cert: ReadFile; key: ReadFile };
  sender?: Parties;
  receiver?: Parties;
  /** `mdm`: the PDF alone. */
  as: 'bundle' | 'mdm';
  /** The Bundle of a submission, and what a message says of it. */
  summaryOf: (submissionId: string) => Promise<SummaryToSend | undefined>;
}

export interface SummaryToSend {
  bundle: AnyResource;
  /** The ODS code of its sender. */
  sender: string;
  /** True when it corrects an earlier submission, or replaces its document. */
  isCorrection: boolean;
}

/** MSH-3 unless the file says otherwise. */
const APPLICATION = 'HOMEWARD';

export function hl7v2Destination(listener: Hl7v2Listener): Destination {
  return {
    name: listener.name,
    send: async (delivery, signal) => {
      const whole = listener.as === 'bundle' ? { whole: await delivery.content() } : {};
      const summary = await listener.summaryOf(delivery.submission);
      if (!summary) return { refused: 'the submission is no longer stored' };
      const made = documentMessage({
        id: delivery.id,
        createdAt: delivery.createdAt,
        submission: delivery.submission,
        bundle: summary.bundle,
        isCorrection: summary.isCorrection,
        sender: listener.sender ?? { application: APPLICATION, facility: summary.sender },
        ...(listener.receiver ? { receiver: listener.receiver } : {}),
        ...whole,
      });
      if (!made.ok) return { refused: made.reason };
      return sendMade(listener, made, signal);
    },
  };
}

async function sendMade(
  { host, port, tls }: Hl7v2Listener,
  { bytes, controlId }: { bytes: Buffer; controlId: string },
  signal: AbortSignal,
): Promise<Sent> {
  const secrets = tls && { ca: await tls.ca(), cert: await tls.cert(), key: await tls.key() };
  try {
    const answer = await sendMessage({ host, port, ...(secrets ? { tls: secrets } : {}) }, bytes, signal);
    return sentOf(answer, controlId);
  } catch (error) {
    if (error instanceof NoAnswer) return { again: error.message, isUncertain: error.isUncertain };
    throw error;
  }
}

/** What an answer means for a delivery. */
export function sentOf(answer: Buffer, controlId: string): Sent {
  const message = parsed(answer);
  const msa = message?.getSegment('MSA');
  const code = msa?.getComponent(1, 1) ?? '';
  if (!message || !/^[AC][AER]$/.test(code))
    return { again: 'the destination answered with something that is no acknowledgement', isUncertain: true };
  if (msa?.getComponent(2, 1) !== controlId)
    return { again: 'the destination acknowledged another message', isUncertain: true };
  if (code.endsWith('A')) return 'delivered';
  const said = `the destination answered ${code}${rulesIn(message)}`;
  return code.endsWith('E') ? { refused: said } : { again: said };
}

function parsed(answer: Buffer): Hl7Message | undefined {
  try {
    return Hl7Message.parse(answer.toString('utf8'));
  } catch {
    return undefined;
  }
}

const MOST_CODES = 5;

/** The codes of the errors: ERR-5, else ERR-3. Their sentences may contain patient data. */
function rulesIn(message: Hl7Message): string {
  const codes = message
    .getAllSegments('ERR')
    .map((err) => err.getComponent(5, 1) || err.getComponent(3, 1))
    .filter((code) => /^[A-Za-z0-9][\w.-]{0,63}$/.test(code) && !/^\d{10}$/.test(code));
  const shown = [...new Set(codes)].slice(0, MOST_CODES);
  return shown.length === 0 ? '' : ` (${shown.join(', ')})`;
}
