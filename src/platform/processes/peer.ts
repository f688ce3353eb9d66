/**
 * Questions and messages between two processes of a node, over the channel that Node.js opens between them.
 * @see https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback
 */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** What the other process can ask for, or send: by name. A socket may come with it. */
export type Answers = Readonly<Record<string, (value: never, socket?: Socket) => unknown>>;

export interface Peer {
  /**
   * @param socket is shared with the other process. It stays open here, because Node.js forgets the sockets that are
   *   under way when the other process is killed, and their callers would wait forever
   * @throws when the other process ends, or cannot answer
   */
  ask<T>(what: string, value?: unknown, socket?: Socket): Promise<T>;
  /** @returns false when it could not be sent */
  tell(what: string, value?: unknown): Promise<boolean>;
}

interface Message {
  what?: string;
  value?: unknown;
  /** Of a question and of its answer. */
  id?: number;
  isAnswer?: true;
  failed?: string;
}

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

export function peerOf(other: ChildProcess | NodeJS.Process, answers: Answers): Peer {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  const send = (message: Message, socket?: Socket): Promise<boolean> =>
    new Promise((resolve) => {
      if (other.send === undefined || !other.connected) return resolve(false);
      other.send(message, socket, { keepOpen: true }, (error) => resolve(!error));
    });

  const answer = async ({ id, what = '', value }: Message, socket?: Socket): Promise<void> => {
    try {
      const result = await answers[what]?.(value as never, socket);
      if (id !== undefined) await send({ id, isAnswer: true, value: result });
    } catch (error) {
      if (id !== undefined) await send({ id, isAnswer: true, failed: String((error as Error).message) });
    }
  };

  const settle = ({ id = 0, value, failed }: Message): void => {
    const asked = pending.get(id);
    pending.delete(id);
    if (failed === undefined) asked?.resolve(value as never);
    else asked?.reject(new Error(failed));
  };

  other.on('message', (message: Message, socket?: unknown) => {
    if (message.isAnswer === true) settle(message);
    else void answer(message, socket as Socket | undefined);
  });
  const giveUp = (): void => {
    for (const { reject } of pending.values()) reject(new Error('the other process has ended'));
    pending.clear();
  };
  other.once('disconnect', giveUp);
  // Node.js tells of no disconnection while a socket is under way.
  other.once('exit', giveUp);
  return {
    ask: (what, value, socket) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        pending.set(id, { resolve, reject });
        void send({ id, what, value }, socket).then((isSent) => {
          if (!isSent) settle({ id, failed: 'the other process has ended' });
        });
      }),
    tell: (what, value) => send({ what, value }),
  };
}
