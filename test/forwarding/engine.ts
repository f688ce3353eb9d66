/** An HL7 v2 engine on loopback that keeps the messages that arrive, and acknowledges them as a test wants. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TestCertificate } from '../fixtures/certificates';
import { answerIn, frame } from '../hl7v2/mllp';

export interface Engine {
  port: number;
  messages: string[][][];
  /** Answers from now on: MSA-1, what it is for a message, or what a function does. */
  answers(code: Answer): void;
  close(): Promise<void>;
}

type Answer = string | ((socket: Socket, segments: string[][]) => string | void);

export async function startEngine(tls?: TestCertificate): Promise<Engine> {
  const messages: string[][][] = [];
  let answer: Answer = 'AA';
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let kept = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      kept = Buffer.concat([kept, bytes]);
      if (kept.at(-2) !== 0x1c || kept.at(-1) !== 0x0d) return;
      const { segments } = answerIn(kept.subarray(1, -2));
      messages.push(segments);
      const code = typeof answer === 'string' ? answer : answer(socket, segments);
      if (typeof code !== 'string') return;
      const [type, controlId] = ['ACK^T02^ACK', segments[0]![9]];
      const error = code.endsWith('E') ? 'ERR||PV1^1^44|101^Required^HL70357|E|vw-enc-06|||Jane Smith\r' : '';
      socket.write(
        frame(`MSH|^~\\&|TIE|RYY|||20260101||${type}|1|P|2.5.1\rMSA|${code}|${controlId}\r${error}`),
      );
    });
  };
  const server: Server = tls ? createTlsServer({ cert: tls.cert, key: tls.key }, serve) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    messages,
    answers: (next) => void (answer = next),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `T10 D2 D1 AV`: trigger, TXA-12, TXA-13 and TXA-19, without the systems of the numbers. */
export function saidIn(segments: string[][]): string {
  const [msh, txa] = [segments[0]!, segments.find(([name]) => name === 'TXA')!];
  const value = (field: string | undefined): string => (field ?? '').split('^')[0]!;
  return [msh[8]!.slice(4, 7), value(txa[12]), value(txa[13]), txa[19]].join(' ');
}

/** The bytes in OBX-5; undefined for a message without them. */
export function contentIn(segments: string[][]): Buffer | undefined {
  const data = segments
    .find(([name]) => name === 'OBX')?.[5]
    ?.split('^')
    .at(-1);
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

/** What was said, with the text of each PDF. */
export const heard = ({ messages }: Engine): string[] =>
  messages.map((segments) => {
    const text = contentIn(segments)?.toString().split('\n')[1];
    return text === undefined || text.startsWith('{') ? saidIn(segments) : `${saidIn(segments)} ${text}`;
  });
