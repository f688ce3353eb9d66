/**
 * Handles one message of an inbox: submits it, keeps it as refused, leaves it, or takes the note of a REPORT. It is
 * acknowledged when its outcome is committed, never before.
 */
import { inSlices } from '../../platform/in-slices';
import { setTimeout as sleep } from 'node:timers/promises';
import { handledAmong, handledRow } from '../../engines/store/mesh-messages';
import type { PlainWrite } from '../../engines/store/commit';
import { inTurn } from '../../platform/in-turn';
import type { Logger } from '../../platform/logger';
import type { Queryable } from '../../platform/postgres';
import { decode } from '../../use-cases/submitting/decode';
import { formatOfContent } from '../../use-cases/submitting/format-of-content';
import { messageHeaderOf } from '../../use-cases/submitting/response-message';
import type { Failure, SubmissionEnding } from '../../use-cases/submitting/steps';
import type { Submitted } from '../../use-cases/submitting/submit';
import {
  AlreadyHandled,
  refuseOnRoad,
  submitOnRoad,
  tooLarge,
  unknownSender,
  unknownWorkflow,
  notHandled,
  unreadable,
  type OnRoad,
  type RoadDependencies,
} from '../../use-cases/submitting/submit-on-road';
import { download, type Download } from './download';
import type { Mailbox } from './mailbox';
import type { MailboxSettings } from './mesh-file';
import { inWords, shownOf } from './mesh-codes';
import type { MessageHead } from './message-head';
import { reportRow } from './report';

export interface MessageDependencies {
  database: Queryable;
  submitting: RoadDependencies;
  maxBodyBytes: number;
  /** Settles the delivery that a REPORT is about. @returns false when this server sent no such message */
  settle: (report: { mailbox: string; messageId: string; reason: string }) => Promise<boolean>;
  log: Logger;
}

export interface OpenMailbox {
  mailbox: Mailbox;
  settings: MailboxSettings;
  others: 'leave' | 'set-aside';
}

/** `left`: it stays in the inbox, because it is of another workflow or of an unknown sender. */
export type MessageEnd = 'handled' | 'left';

/**
 * @param mayBeRefused true when the server has failed with this message again and again: it is refused, so that an
 *   auditor and the sender see it
 * @throws MeshAway, MeshRefusal, or what a submission throws when the database is away
 */
export async function handleMessage(
  id: string,
  { mailbox, settings, others }: OpenMailbox,
  dependencies: MessageDependencies,
  signal: AbortSignal,
  mayBeRefused = false,
): Promise<MessageEnd> {
  const head = (await mailbox.head(id, signal)) ?? (await headByDownload(mailbox, id, signal));
  if (head.type === 'REPORT') {
    await noteReport(id, head, mailbox.name, dependencies);
    await mailbox.acknowledge(id, signal);
    return 'handled';
  }
  const source = sourceOf(head, settings);
  if ('other' in source && others === 'leave') return 'left';
  const got = await download(mailbox, id, dependencies.maxBodyBytes, signal);
  signal.throwIfAborted();
  const message = { id, head, got, source, mailbox: mailbox.name, mayBeRefused };
  // A large message needs much memory while it is checked, so the mailboxes of this process take turns.
  await inTurn(['a message of MESH'], LONGEST_TURN_MILLIS, () => keep(message, dependencies));
  await mailbox.acknowledge(id, signal);
  return 'handled';
}

/** How long the messages of other mailboxes may take before this one. */
const LONGEST_TURN_MILLIS = 10 * 60 * 1000;

/** For a MESH that gives no headers alone: the download is ended when they are there. */
async function headByDownload(mailbox: Mailbox, id: string, signal: AbortSignal): Promise<MessageHead> {
  const { head, body } = await mailbox.chunk(id, 1, signal);
  body.destroy();
  return head;
}

/** Where a message comes from: from a sender and for a workflow of the settings, or not. */
type Source = { odsCode: string; acknowledge: string } | { other: Failure };

export function sourceOf(
  { from, workflow }: Pick<MessageHead, 'from' | 'workflow'>,
  { workflows, senders }: Pick<MailboxSettings, 'workflows' | 'senders'>,
): Source {
  const acknowledge = workflows.get(workflow);
  if (acknowledge === undefined) return { other: unknownWorkflow(shown(workflow)) };
  const odsCode = senders.get(from);
  return odsCode === undefined ? { other: unknownSender(shown(from)) } : { odsCode, acknowledge };
}

const shown = (text: string): string =>
  text === '' ? '(none)' : text.replace(/\p{Cc}/gu, ' ').slice(0, 100);

interface Downloaded {
  id: string;
  head: MessageHead;
  got: Download;
  source: Source;
  /** The mailbox that received it. */
  mailbox: string;
  mayBeRefused: boolean;
}

/** Submits it, or keeps it as refused, together with its mark and the report. */
async function keep(message: Downloaded, dependencies: MessageDependencies): Promise<void> {
  const { id, head, mailbox } = message;
  const { log } = dependencies;
  const about = { mailbox, message: id, client: clientOf(head), workflow: head.workflow };
  try {
    const submitted = await outcomeFor(message, dependencies);
    log.info({ ...about, ...outcomeOf(submitted) }, 'MESH message handled');
  } catch (error) {
    if (!(error instanceof AlreadyHandled)) throw error;
    // The same bytes may have come at the same moment by another road: then this message is not handled yet.
    if (!(await handledAmong(dependencies.database, mailbox, [id])).has(id)) throw error;
    log.info(about, 'MESH message was handled before');
  }
}

const clientOf = ({ from }: MessageHead): string => `mesh:${from === '' ? 'unknown' : from}`;

function outcomeOf(submitted: Submitted): Record<string, unknown> {
  if (submitted.ok) {
    const { submissionId, outcome } = submitted.receipt;
    return { submissionId, outcome };
  }
  const { submissionId, failure } = submitted.refusal;
  const rules = [
    ...new Set(failure.issues.filter(({ severity }) => severity !== 'warning').map(({ rule }) => rule)),
  ];
  return { submissionId, outcome: 'refused', rules };
}

async function outcomeFor(message: Downloaded, dependencies: MessageDependencies): Promise<Submitted> {
  const { got, source, mayBeRefused } = message;
  const { submitting, maxBodyBytes } = dependencies;
  const failure =
    'other' in source
      ? source.other
      : (failureOf(got, maxBodyBytes) ?? (mayBeRefused ? notHandled : undefined));
  const format = formatOfContent(got.bytes);
  if (failure !== undefined)
    return refuseOnRoad(onRoad(message, format, undefined, dependencies), failure, submitting);
  const decoded = await inSlices(decode({ bytes: got.bytes, format, handling: submitting.handling }));
  const isMessage = decoded.ok && decoded.value.kind === 'message';
  const header = isMessage ? messageHeaderOf(decoded.value.bundle) : undefined;
  return submitOnRoad({ ...onRoad(message, format, header, dependencies), decoded }, submitting);
}

/** Why a message is refused that cannot be decoded as far as its content. */
function failureOf(got: Download, maxBodyBytes: number): Failure | undefined {
  if (got.kind === 'too-large') return tooLarge(maxBodyBytes);
  if (got.kind === 'broken')
    return unreadable(
      `The message cannot be read: ${got.why}. Send it again as JSON or XML, compressed with gzip or not.`,
    );
  return undefined;
}

function onRoad(
  { id, head, got, source, mailbox }: Downloaded,
  format: 'json' | 'xml',
  header: ReturnType<typeof messageHeaderOf>,
  { submitting }: MessageDependencies,
): OnRoad {
  const { newId, now } = submitting.submission;
  const alongside = (ending: SubmissionEnding): PlainWrite[] => {
    const { submissionId } = ending;
    const mark = handledRow({ mailbox, messageId: id, submissionId, handledAt: now() });
    if ('other' in source) return [mark];
    const { acknowledge } = source;
    const reported = { mailbox, messageId: id, from: head.from, acknowledge, format, header };
    return [mark, reportRow(ending, reported, { newId, now })];
  };
  return {
    door: 'mesh',
    clientId: clientOf(head),
    odsCode: 'other' in source ? undefined : source.odsCode,
    bytes: got.bytes,
    contentType: head.contentType === '' ? 'application/octet-stream' : head.contentType,
    format,
    requestId: id,
    origin: { target: `mesh:${mailbox}` },
    alongside,
  };
}

const RECORDED_AFTER_MILLIS = 1_000;

/** A REPORT says that MESH could not deliver a message of this mailbox. */
async function noteReport(
  id: string,
  head: MessageHead,
  mailbox: string,
  { settle, log }: MessageDependencies,
): Promise<void> {
  const { linkedMessageId, statusCode, statusDescription } = head;
  const shown = shownOf(statusCode, statusDescription);
  const words = inWords(shown);
  const reason = `MESH could not deliver it${words === '' ? '' : ` (${words})`}.`;
  const isOurs =
    linkedMessageId !== '' &&
    ((await settle({ mailbox, messageId: linkedMessageId, reason })) ||
      // MESH may be faster than the record that the message was sent.
      (await sleep(RECORDED_AFTER_MILLIS).then(() =>
        settle({ mailbox, messageId: linkedMessageId, reason }),
      )));
  log.warn(
    { mailbox, message: id, linkedMessage: linkedMessageId, code: shown.code, known: isOurs },
    isOurs
      ? 'MESH could not deliver a message'
      : 'MESH could not deliver a message that this server does not know',
  );
}
