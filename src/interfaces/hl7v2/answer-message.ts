/**
 * Answers one message: from its bytes to the bytes of the answer. The answer is made after the commit.
 *
 * A Bundle in OBX-5 is submitted as it is. From a PDF the Bundle of a summary is made, and the message itself is kept as
 * what was received. Everything else is refused: AE what the sender must correct, AR what is not taken, and AR with
 * code 207 what could not be stored now, so that the sender tries again.
 * @see docs/transports/hl7v2.md
 */
import { DatabaseUnavailable } from '../../platform/postgres';
import { acknowledgement, type Answer } from './acknowledge';
import type { Hl7v2Dependencies } from './dependencies';
import { fault } from './fault';
import { headOf, senderName, type Head } from './head';
import { submitMessage, type Arrived } from './submit-message';

export interface Handled {
  answer: Buffer;
  /** False when the message could not be stored now. */
  isAvailable: boolean;
}

export async function answerMessage(arrived: Arrived, dependencies: Hl7v2Dependencies): Promise<Handled> {
  const { now, newId, log } = dependencies;
  const began = performance.now();
  const head = headOf(arrived.bytes);
  const { answer, isAvailable } = await answerTo(head, arrived, dependencies);
  log.info(
    {
      door: 'hl7v2',
      sender: dependencies.senders()[senderName(head)],
      type: shownType(head),
      bytes: arrived.bytes.length,
      answer: answer.code,
      ms: Math.round(performance.now() - began),
      ...(answer.code === 'AA'
        ? { submissionId: answer.submissionId }
        : { rules: [...new Set(answer.faults.map(({ issue }) => issue.rule))] }),
    },
    'message',
  );
  return { answer: acknowledgement(head, answer, { now: now(), controlId: newId() }), isAvailable };
}

/** `MDM^T02`; `other` for what has not the form of a type, because the log holds nothing else of a message. */
export const shownType = ({ type, trigger }: Head): string =>
  /^[A-Z]{3}$/.test(type) && /^[A-Z]\d\d$/.test(trigger) ? `${type}^${trigger}` : 'other';

async function answerTo(
  head: Head,
  arrived: Arrived,
  dependencies: Hl7v2Dependencies,
): Promise<{ answer: Answer; isAvailable: boolean }> {
  if (dependencies.isStopping())
    return { answer: tryAgain('The server is stopping. Send the message again.'), isAvailable: true };
  try {
    return { answer: await submitMessage(head, arrived, dependencies), isAvailable: true };
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable))
      dependencies.log.error({ err: error }, 'a message of HL7 v2 could not be handled');
    return {
      answer: tryAgain('The server cannot store the message now. Send it again later.'),
      isAvailable: false,
    };
  }
}

const tryAgain = (sentence: string): Answer => ({
  code: 'AR',
  faults: [fault('hl7v2-unavailable', sentence)],
});
