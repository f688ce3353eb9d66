/**
 * An HL7 v2 listener as a destination of the outbox. `AA` and `CA` deliver; `AE` and `CE` refuse this message; `AR` and
 * `CR` speak of the gateway or the configuration, so the message is tried again.
 * @see docs/transports/passing-on.md
 */
import { Hl7Message } from '@medplum/core';
import { listOf, type JsonObject } from '../../../fhir/types';
import { NoAnswer } from '../../../use-cases/forwarding/no-answer';
import {
  isOnlyRetraction,
  type Delivery,
  type Destination,
  type Sent,
} from '../../../use-cases/forwarding/outbox';
import { contentOf, documentMessage, type MadeMessage, type Parties } from './document-message';
import { sendMessage } from './mllp-client';
import type { Statement } from './statement';
import { toldIn, type SummaryToSend } from './summary-to-send';
import { NO_PDF, retractionsAlone, statementOfBundle, statementsOfPdfs } from './what-to-send';

type ReadFile = () => Promise<string | undefined>;

export interface Hl7v2Listener {
  name: string;
  host: string;
  port: number;
  /** TLS, where it is set. */
  tls?: { ca: ReadFile; cert: ReadFile; key: ReadFile };
  sender?: Parties;
  receiver?: Parties;
  /** `mdm`: the PDFs alone. */
  as: 'bundle' | 'mdm';
  /** What is known of the submission; undefined when it is no longer stored. */
  summaryOf: (
    delivery: Pick<Delivery, 'id' | 'submission' | 'createdAt' | 'envelope'>,
  ) => Promise<SummaryToSend | undefined>;
  /** Whether a code of an answer may be shown to operators: it names a rule or a kind of fault, and nobody. */
  isKnownCode: IsKnownCode;
}

type IsKnownCode = (code: string) => boolean;

/** MSH-3 unless the file says otherwise. */
const APPLICATION = 'HOMEWARD';

export function hl7v2Destination(listener: Hl7v2Listener): Destination {
  return {
    name: listener.name,
    send: async (delivery, signal) => {
      const content = listener.as === 'bundle' ? contentOf(await delivery.content()) : undefined;
      const summary = await listener.summaryOf(delivery);
      if (!summary) return { refused: 'the submission is no longer stored' };
      const whole = content ? statementOfBundle(summary, content) : statementsOfPdfs(summary);
      const isCut = content === undefined && isOnlyRetraction(delivery);
      const { statements, leftOut } = isCut ? retractionsAlone(whole) : whole;
      if (statements.length === 0) return { refused: sentenceOf(leftOut) || NO_PDF };
      return sendAll({ listener, delivery, summary, statements, leftOut }, signal);
    },
  };
}

interface Work {
  listener: Hl7v2Listener;
  delivery: Delivery;
  summary: SummaryToSend;
  statements: readonly Statement[];
  leftOut: readonly string[];
}

/**
 * Sends one message after the other. One that is refused does not stop those behind it: a retraction must arrive also
 * where another document is refused. What the listener may have now is noted in the envelope of the delivery, and which
 * messages it has accepted: another attempt sends the others.
 */
async function sendAll(work: Work, signal: AbortSignal): Promise<Sent> {
  const { listener, delivery, statements, leftOut } = work;
  const told = new Map(toldIn(delivery.envelope).map((each) => [each.document, each]));
  const accepted = new Set(acceptedIn(delivery.envelope));
  const note = (): JsonObject => ({
    told: [...told.values()].map((each) => ({ ...each })),
    accepted: [...accepted],
  });
  const [refused, remarks]: [string[], string[]] = [[], [...leftOut]];
  for (const statement of statements) {
    const made = messageOf(work, statement);
    if (accepted.has(made.controlId)) continue;
    const sent = await sendMade(listener, made, signal);
    const isRefused = typeof sent === 'object' && 'refused' in sent;
    const isUnsent = typeof sent === 'object' && 'again' in sent && sent.isUncertain !== true;
    if (!isRefused && !isUnsent) told.set(statement.told.document, statement.told);
    if (typeof sent === 'object' && 'again' in sent) return { ...sent, note: note() };
    if (!isRefused) {
      accepted.add(made.controlId);
      continue;
    }
    if (statement.isOptional === true && statements.length > 1)
      remarks.push(`the retraction of a document that was not passed on before: ${sent.refused}`);
    else refused.push(sent.refused);
  }
  if (refused.length > 0) return { refused: sentenceOf([...refused, ...remarks]), note: note() };
  const remark = sentenceOf(remarks);
  return { delivered: undefined, note: note(), ...(remark === '' ? {} : { remark }) };
}

/** MSH-10 of the messages of a delivery that the listener accepted in earlier attempts. */
const acceptedIn = ({ accepted }: JsonObject): string[] =>
  listOf(accepted).filter((each) => typeof each === 'string');

const sentenceOf = (texts: readonly string[]): string => [...new Set(texts)].join('; ');

function messageOf({ listener, delivery, summary }: Work, statement: Statement): MadeMessage {
  const { receiver } = listener;
  return documentMessage({
    id: delivery.id,
    createdAt: delivery.createdAt,
    statement,
    patient: summary.patient,
    practice: summary.practice,
    sender: listener.sender ?? { application: APPLICATION, facility: summary.sender },
    ...(receiver ? { receiver } : {}),
  });
}

async function sendMade(
  { host, port, tls, isKnownCode }: Hl7v2Listener,
  { bytes, controlId }: MadeMessage,
  signal: AbortSignal,
): Promise<Sent> {
  const secrets = tls && { ca: await tls.ca(), cert: await tls.cert(), key: await tls.key() };
  try {
    const answer = await sendMessage({ host, port, ...(secrets ? { tls: secrets } : {}) }, bytes, signal);
    return sentOf(answer, controlId, isKnownCode);
  } catch (error) {
    if (error instanceof NoAnswer) return { again: error.message, isUncertain: error.isUncertain };
    throw error;
  }
}

/** What an answer means for a delivery. */
export function sentOf(answer: Buffer, controlId: string, isKnownCode: IsKnownCode): Sent {
  const message = parsed(answer);
  const msa = message?.getSegment('MSA');
  const code = msa?.getComponent(1, 1) ?? '';
  if (!message || !/^[AC][AER]$/.test(code))
    return { again: 'the destination answered with something that is no acknowledgement', isUncertain: true };
  if (msa?.getComponent(2, 1) !== controlId)
    return { again: 'the destination acknowledged another message', isUncertain: true };
  if (code.endsWith('A')) return 'delivered';
  const said = `the destination answered ${code}${rulesIn(message, isKnownCode)}`;
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

/** Codes of HL7 table 0357. */
const ERROR_CODE = /^(0|10[0-4]|20[0-7])$/;

/** The known codes of the errors: ERR-5, else ERR-3. Sentences, and other codes, may contain patient data. */
function rulesIn(message: Hl7Message, isKnownCode: IsKnownCode): string {
  const codes = message
    .getAllSegments('ERR')
    .map((err) =>
      [err.getComponent(5, 1), err.getComponent(3, 1)].find(
        (code) => isKnownCode(code) || ERROR_CODE.test(code),
      ),
    )
    .filter((code) => code !== undefined);
  const shown = [...new Set(codes)].slice(0, MOST_CODES);
  return shown.length === 0 ? '' : ` (${shown.join(', ')})`;
}
