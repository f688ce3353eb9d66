/** Waits in an inbox for the report about one message, takes it out, and leaves every other message alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from '../../fhir/json';
import { isObject, isResource, listOf, type AnyResource } from '../../fhir/types';
import { parseXml } from '../../fhir/xml/parse-xml';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';
import { download } from './download';
import type { Mailbox } from './mailbox';
import { inWords, shownOf } from './mesh-codes';
import { MeshAway, MeshRefusal, passes } from './mesh-fault';
import type { MessageHead } from './message-head';

export type Reply =
  /** `outcome`: what the receiver reports, where it can be read. */
  | { end: 'accepted' | 'refused'; outcome: fhir4.OperationOutcome | undefined }
  /** MESH could not deliver the message. */
  | { end: 'undelivered'; reason: string }
  | { end: 'none' };

export interface Awaited {
  /** The message that was sent, and the mailbox that it was sent to. */
  messageId: string;
  to: string;
  /** How long to wait between two looks at the inbox. */
  pollSeconds: number;
}

const MOST_REPORT_BYTES = 32 * 1024 * 1024;

/** @param signal ends the waiting: then there is no report */
export async function waitForReport(mailbox: Mailbox, awaited: Awaited, signal: AbortSignal): Promise<Reply> {
  const others = new Set<string>();
  while (!signal.aborted) {
    try {
      const reply = await look(mailbox, awaited, others, signal);
      if (reply !== undefined) return reply;
    } catch (error) {
      if (signal.aborted) break;
      const isPassing = error instanceof MeshRefusal ? passes(error) : error instanceof MeshAway;
      if (!isPassing) throw error;
    }
    await sleep(awaited.pollSeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
  return { end: 'none' };
}

async function look(
  mailbox: Mailbox,
  awaited: Awaited,
  others: Set<string>,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  let next: string | undefined;
  do {
    const page = await mailbox.inbox(next, signal);
    for (const id of page.messages) {
      if (others.has(id)) continue;
      const reply = await replyOf(mailbox, id, awaited, signal);
      if (reply !== undefined) return reply;
      others.add(id);
    }
    next = page.next;
  } while (next !== undefined);
  return undefined;
}

async function replyOf(
  mailbox: Mailbox,
  id: string,
  { messageId, to }: Awaited,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  const head = await mailbox.head(id, signal);
  if (head === undefined) return undefined;
  if (head.type === 'REPORT') {
    if (head.linkedMessageId !== messageId) return undefined;
    await mailbox.acknowledge(id, signal);
    return {
      end: 'undelivered',
      reason: inWords(shownOf(head.statusCode, head.statusDescription)) || 'no reason that is known',
    };
  }
  if (head.from !== to.toUpperCase() || !isReportAbout(head, messageId)) return undefined;
  const got = await download(mailbox, id, MOST_REPORT_BYTES, signal);
  const outcome = got.kind === 'whole' ? outcomeIn(got.bytes) : undefined;
  await mailbox.acknowledge(id, signal);
  return { end: isAccepted(head, outcome) ? 'accepted' : 'refused', outcome };
}

/** A report has the id of the message as its file name: `20261128213312345678_1B8F53.json`. */
const isReportAbout = ({ fileName }: MessageHead, messageId: string): boolean =>
  fileName.replace(/\.(json|xml)$/i, '').toUpperCase() === messageId.toUpperCase();

function isAccepted({ subject }: MessageHead, outcome: fhir4.OperationOutcome | undefined): boolean {
  if (/^(accepted|refused)$/i.test(subject)) return subject.toLowerCase() === 'accepted';
  return outcome?.issue.every(({ severity }) => severity !== 'error' && severity !== 'fatal') ?? false;
}

/** The OperationOutcome of a report, which may be an entry of a message. */
function outcomeIn(bytes: Buffer): fhir4.OperationOutcome | undefined {
  const parsed = formatOfContent(bytes) === 'xml' ? parseXml(bytes) : parseJson(bytes);
  if (!parsed.ok || !isResource(parsed.value)) return undefined;
  const isOutcome = (resource: AnyResource): boolean => resource.resourceType === 'OperationOutcome';
  const entries = listOf(parsed.value.entry).flatMap((entry) =>
    isObject(entry) && isResource(entry.resource) ? [entry.resource] : [],
  );
  const found = [parsed.value, ...entries].find(isOutcome);
  return found as fhir4.OperationOutcome | undefined;
}
