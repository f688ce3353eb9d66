/**
 * Sends one message over MLLP and waits for its answer, on a connection of its own, plain or with TLS. It is bounded in
 * time and size, and says whether a message that got no answer may have arrived.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { codedError, NoAnswer } from '../../../use-cases/forwarding/no-answer';
import { framed, frameReader } from '../frames';

export interface MllpPeer {
  host: string;
  port: number;
  /** PEM; with it the connection uses TLS. */
  tls?: { ca: string | undefined; cert: string | undefined; key: string | undefined };
}

const CONNECTS_WITHIN_MILLIS = 10_000;
/** The longest time without a byte in either direction, and the time until the answer is whole. */
const SILENT_AT_MOST_MILLIS = 60_000;
const ANSWERS_WITHIN_MILLIS = 5 * 60_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** @throws NoAnswer */
export async function sendMessage(
  peer: MllpPeer,
  message: Buffer,
  signal: AbortSignal,
  answersWithinMillis = ANSWERS_WITHIN_MILLIS,
): Promise<Buffer> {
  let isSent = false;
  const socket = openSocket(peer);
  const abort = (): void => void socket.destroy(codedError('ABORT_ERR'));
  signal.addEventListener('abort', abort, { once: true });
  const late = setTimeout(() => socket.destroy(codedError('ETIMEDOUT')), answersWithinMillis);
  try {
    await connected(socket, peer.tls !== undefined, signal);
    socket.setTimeout(SILENT_AT_MOST_MILLIS, () => socket.destroy(codedError('ETIMEDOUT')));
    const answer = answerOn(socket);
    isSent = true;
    socket.write(framed(message));
    return await answer;
  } catch (error) {
    throw new NoAnswer(error, isSent);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function openSocket({ host, port, tls }: MllpPeer): Socket {
  if (!tls) return connect({ host, port });
  const { ca, cert, key } = tls;
  return connectTls({
    host,
    port,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

function connected(socket: Socket, isSecure: boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(codedError('ABORT_ERR'));
    const timer = setTimeout(() => socket.destroy(codedError('ETIMEDOUT')), CONNECTS_WITHIN_MILLIS);
    socket.once('close', () => {
      clearTimeout(timer);
      reject(codedError('ECONNRESET'));
    });
    socket.once('error', reject);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The first message that comes back. */
function answerOn(socket: Socket): Promise<Buffer> {
  const frames = frameReader(MAX_ANSWER_BYTES);
  return new Promise((resolve, reject) => {
    socket.on('data', (bytes: Buffer) => {
      const [cut] = frames.push(bytes);
      if (cut === undefined) return;
      if (cut.kind === 'message') resolve(Buffer.concat(cut.parts, cut.size));
      else reject(codedError(cut.kind === 'outside' ? 'NOT_MLLP' : 'ANSWER_TOO_LARGE'));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(codedError('ECONNRESET')));
  });
}
