/** MESH for the commands `homeward mesh check` and `homeward mesh send`: no server and no database. */
import { randomUUID } from 'node:crypto';
import { readConfig } from '../config';
import { problemOf } from '../interfaces/mesh/look-through-inbox';
import { openMailboxes, type Mailboxes } from '../interfaces/mesh/mailboxes';
import { MeshAway, MeshRefusal } from '../interfaces/mesh/mesh-fault';
import { isOfTheNhs, openMeshFile } from '../interfaces/mesh/mesh-file';
import { sendMessage } from '../interfaces/mesh/send-message';
import { waitForReport, type Reply } from '../interfaces/mesh/wait-for-report';
import { StartFailure } from './start-failure';
import { version } from './version';

export interface MeshTools {
  /** The names of the mailboxes in the file. */
  mailboxes: readonly string[];
  /** Makes a handshake and looks at the inbox. */
  check(mailbox: string, signal: AbortSignal): Promise<Checked>;
  send(letter: ToSend, signal: AbortSignal): Promise<Posted>;
  /** Waits for the report about a message that was sent. */
  report(sent: { from: string; to: string; messageId: string }, signal: AbortSignal): Promise<Reply>;
  close(): void;
}

export type Checked =
  { ok: true; url: string; messages: number; isMore: boolean } | { ok: false; reason: string };

export interface ToSend {
  from: string;
  to: string;
  workflow: string;
  contentType: string;
  bytes: Buffer;
}

export type Posted = { ok: true; messageId: string } | { ok: false; reason: string };

/** A person waits: MESH may be silent for so long. */
const SILENCE_MILLIS = 20_000;
const LONGEST_POLL_SECONDS = 2;

/** @throws StartFailure with every fault of the file */
export async function openMeshTools(path: string, env: NodeJS.ProcessEnv): Promise<MeshTools> {
  const config = readConfig(env);
  const opened = await openMeshFile({
    path,
    env,
    isSandbox: config.ok && config.config.mode === 'sandbox',
    now: Date.now,
    onProblem: () => undefined,
  });
  if (!opened.ok) throw new StartFailure(opened.faults);
  const mailboxes = openMailboxes({
    file: opened.file,
    version,
    now: () => new Date(),
    onProblem: () => undefined,
    silenceMillis: SILENCE_MILLIS,
  });
  const open = (name: string): NonNullable<ReturnType<Mailboxes['find']>>['mailbox'] =>
    mailboxes.find(name)!.mailbox;
  const { pollSeconds, url } = mailboxes.settings();
  return {
    mailboxes: mailboxes.settings().mailboxes.map(({ mailbox }) => mailbox),
    check: async (name, signal) => {
      try {
        await open(name).handshake(signal);
        const { messages, next } = await open(name).inbox(undefined, signal);
        return { ok: true, url, messages: messages.length, isMore: next !== undefined };
      } catch (error) {
        return { ok: false, reason: reasonOf(error) };
      }
    },
    send: async ({ from, ...letter }, signal) => {
      const localId = randomUUID();
      try {
        return { ok: true, messageId: await sendMessage(open(from), { ...letter, localId }, signal) };
      } catch (error) {
        const messageId = isUncertain(error) ? await lookUp(open(from), localId, signal) : undefined;
        if (messageId !== undefined) return { ok: true, messageId };
        const advice = isUncertain(error)
          ? ` MESH may have it all the same: before you send it again, look for the local id ${localId} in the tracking of ${from}.`
          : '';
        return { ok: false, reason: `${reasonOf(error)}${advice}` };
      }
    },
    report: ({ from, to, messageId }, signal) =>
      waitForReport(
        open(from),
        {
          messageId,
          to,
          pollSeconds: isOfTheNhs(new URL(url).hostname)
            ? pollSeconds
            : Math.min(pollSeconds, LONGEST_POLL_SECONDS),
        },
        signal,
      ),
    close: mailboxes.close,
  };
}

/** Whether MESH may have the message although its answer was lost. */
const isUncertain = (error: unknown): boolean => error instanceof MeshAway && error.isSent;

/** Asks MESH for a message by the id that this command gave it. */
async function lookUp(
  mailbox: NonNullable<ReturnType<Mailboxes['find']>>['mailbox'],
  localId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const sent = await mailbox.sent(localId, signal);
    return sent.found === 'one' && sent.state === 'sent' ? sent.messageId : undefined;
  } catch {
    return undefined;
  }
}

/** @throws what is neither MESH's answer nor its silence: a bug */
function reasonOf(error: unknown): string {
  if (error instanceof MeshAway || error instanceof MeshRefusal) return problemOf(error);
  throw error;
}
