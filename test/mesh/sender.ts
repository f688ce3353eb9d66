/** A sender of summaries in tests: the other end of MESH, and a MESH_FILE of the server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConnection } from '../../src/interfaces/mesh/connection';
import { download } from '../../src/interfaces/mesh/download';
import { openMailbox, type Mailbox } from '../../src/interfaces/mesh/mailbox';
import type { MessageHead } from '../../src/interfaces/mesh/message-head';
import { newId } from '../../src/platform/ids';
import { PASSWORD, SHARED_KEY } from './mesh-sandbox';

const signal = new AbortController().signal;

export interface SentMessage {
  headers?: Record<string, string>;
  workflow?: string;
  to?: string;
  /** Several are the chunks of one message. */
  chunks: readonly Buffer[];
}

export interface ReceivedReport {
  id: string;
  head: MessageHead;
  text: string;
}

export interface Sender {
  mailbox: Mailbox;
  /** @returns the message id */
  send(message: SentMessage | Buffer): Promise<string>;
  /** Waits for the report about a message, and takes it out of the inbox. */
  reportOn(messageId: string): Promise<ReceivedReport>;
  /** The messages in the inbox. */
  inbox(): Promise<readonly string[]>;
  close(): void;
}

/** Waits until the condition holds. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  seconds = 120,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function openSender(url: string, name = 'X26ABC2'): Sender {
  const connection = openConnection({ url, tls: {}, onProblem: () => undefined });
  const mailbox = openMailbox({
    name,
    password: async () => PASSWORD,
    sharedKey: async () => SHARED_KEY,
    connection,
    version: 'test',
    now: () => new Date(),
  });
  return {
    mailbox,
    send: async (given) => {
      const message = Buffer.isBuffer(given) ? { chunks: [given] } : given;
      const { workflow = 'VW_SUMMARY', to = 'X26ABC1', chunks, headers = {} } = message;
      const chunkHeaders = (number: number): Record<string, string> => ({
        'Content-Type': 'application/fhir+json',
        ...(chunks.length > 1 ? { 'Mex-Chunk-Range': `${number}:${chunks.length}` } : {}),
        ...headers,
      });
      const address = { 'Mex-To': to, 'Mex-WorkflowID': workflow, 'Mex-LocalID': newId() };
      const id = await mailbox.post(
        { headers: { ...address, ...chunkHeaders(1) }, body: chunks[0]! },
        signal,
      );
      for (const [index, body] of chunks.entries())
        if (index > 0)
          await mailbox.postChunk(id, index + 1, { headers: chunkHeaders(index + 1), body }, signal);
      return id;
    },
    reportOn: (messageId) =>
      until(`a report on ${messageId}`, async () => {
        const { messages } = await mailbox.inbox(undefined, signal);
        for (const id of messages) {
          const head = await mailbox.head(id, signal);
          if (!head?.fileName.startsWith(`${messageId}.`)) continue;
          const got = await download(mailbox, id, 10_000_000, signal);
          await mailbox.acknowledge(id, signal);
          return { id, head, text: got.bytes.toString('utf8') };
        }
        return undefined;
      }),
    inbox: async () => (await mailbox.inbox(undefined, signal)).messages,
    close: () => connection.close(),
  };
}

export interface MeshFile {
  path: string;
  /** Writes other content, which the server reads within a second. */
  write(changes: object): void;
  remove(): void;
}

export function meshFile(url: string, changes: object = {}): MeshFile {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-mesh-file-'));
  const path = join(folder, 'mesh.json');
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
  writeFileSync(join(folder, 'shared-key'), SHARED_KEY);
  const content = {
    url,
    sharedKeyFile: 'shared-key',
    pollSeconds: 1,
    mailboxes: [
      {
        mailbox: 'X26ABC1',
        passwordFile: 'password',
        workflows: [{ id: 'VW_SUMMARY', acknowledge: 'VW_SUMMARY_ACK' }],
        senders: { X26ABC2: 'RR8' },
      },
    ],
  };
  const write = (more: object): void => writeFileSync(path, JSON.stringify({ ...content, ...more }));
  write(changes);
  return { path, write, remove: () => rmSync(folder, { recursive: true }) };
}
