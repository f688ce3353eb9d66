/** Speaks MLLP to a server, as an integration engine would: sends messages, and reads the answers. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

export interface Mllp {
  socket: Socket;
  /** Sends a message in a frame. @returns the answer, without its frame */
  ask(message: string | Buffer): Promise<Answer>;
  /** Sends bytes as they are. */
  write(bytes: Buffer | string): void;
  /** The next answer; undefined when the connection has ended. */
  next(): Promise<Answer | undefined>;
  /** Settles when the server has closed the connection. */
  closed: Promise<void>;
  close(): void;
}

export interface Answer {
  text: string;
  bytes: Buffer;
  segments: string[][];
  /** MSA-1. */
  code: string;
  /** MSA-2. */
  controlId: string;
  /** MSA-3. */
  said: string;
  errors: AnswerError[];
}

export interface AnswerError {
  /** ERR-2. */
  place: string;
  /** The first component of ERR-3. */
  code: string;
  /** ERR-5. */
  rule: string;
  /** ERR-8. */
  text: string;
}

export const frame = (message: string | Buffer): Buffer =>
  Buffer.concat([Buffer.of(0x0b), Buffer.from(message), Buffer.of(0x1c, 0x0d)]);

export function answerIn(bytes: Buffer): Answer {
  const text = bytes.toString('utf8');
  const segments = text
    .split('\r')
    .filter((line) => line !== '')
    .map((line) => line.split('|'));
  const msa = segments.find(([name]) => name === 'MSA') ?? [];
  return {
    text,
    bytes,
    segments,
    code: msa[1] ?? '',
    controlId: msa[2] ?? '',
    said: msa[3] ?? '',
    errors: segments
      .filter(([name]) => name === 'ERR')
      .map((err) => ({
        place: err[2] ?? '',
        code: (err[3] ?? '').split('^')[0] ?? '',
        rule: err[5] ?? '',
        text: err[8] ?? '',
      })),
  };
}

export async function mllp(port: number, tls?: ConnectionOptions): Promise<Mllp> {
  const socket = tls ? connectTls({ port, host: '127.0.0.1', ...tls }) : connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  const answers: Answer[] = [];
  const waiting: ((answer: Answer | undefined) => void)[] = [];
  let kept = Buffer.alloc(0);
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isClosed = true;
      for (const each of waiting.splice(0)) each(undefined);
      resolve();
    });
  });
  socket.on('end', () => socket.end());
  socket.on('data', (bytes: Buffer) => {
    kept = Buffer.concat([kept, bytes]);
    for (let end = kept.indexOf('\u001c\r'); end >= 0; end = kept.indexOf('\u001c\r')) {
      const answer = answerIn(kept.subarray(1, end));
      kept = kept.subarray(end + 2);
      const first = waiting.shift();
      if (first) first(answer);
      else answers.push(answer);
    }
  });
  const next = (): Promise<Answer | undefined> => {
    const ready = answers.shift();
    if (ready || isClosed) return Promise.resolve(ready);
    return new Promise((resolve) => waiting.push(resolve));
  };
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    next,
    ask: async (message) => {
      socket.write(frame(message));
      const answer = await next();
      if (!answer) throw new Error('the connection ended without an answer');
      return answer;
    },
    closed,
    close: () => socket.destroy(),
  };
}
