/**
 * Sends one POST to another system, with its own certificate authorities, and bounded in time and size. It follows no
 * redirect, because what is sent is meant for this address only. Each request has a connection of its own: a reused one
 * may be closed by the other end at the moment of sending, and then nobody knows whether the request arrived.
 */
import { request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { gatherBytes } from '../../platform/gather-bytes';
import { codedError, NoAnswer } from '../../use-cases/forwarding/no-answer';

export interface PostRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** The certificate authorities (PEM) to trust instead of those of Node.js. */
  ca?: string | undefined;
  signal: AbortSignal;
  /** The time until the answer is whole, in milliseconds. */
  answersWithinMillis?: number;
}

export interface Posted {
  status: number;
  /** The start of the body. */
  body: Buffer;
}

const CONNECTS_WITHIN_MILLIS = 10_000;
/** The longest time without a byte in either direction. */
const SILENT_AT_MOST_MILLIS = 60_000;
const ANSWERS_WITHIN_MILLIS = 5 * 60_000;
const MOST_BYTES_READ = 1024 * 1024;

/** @throws NoAnswer */
export async function post({
  url,
  headers,
  body,
  ca,
  signal,
  answersWithinMillis = ANSWERS_WITHIN_MILLIS,
}: PostRequest): Promise<Posted> {
  const isSecure = new URL(url).protocol === 'https:';
  const limited = AbortSignal.any([signal, AbortSignal.timeout(answersWithinMillis)]);
  const request = (isSecure ? secureRequest : plainRequest)(url, {
    method: 'POST',
    agent: false,
    signal: limited,
    headers: { ...headers, 'Content-Length': String(body.length) },
    ...(isSecure && ca !== undefined ? { ca } : {}),
  });
  let isConnected = false;
  request.on('socket', (socket) => {
    const connecting = setTimeout(() => request.destroy(codedError('ETIMEDOUT')), CONNECTS_WITHIN_MILLIS);
    socket.once('close', () => clearTimeout(connecting));
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(connecting);
      isConnected = true;
      socket.setTimeout(SILENT_AT_MOST_MILLIS, () => request.destroy(codedError('ETIMEDOUT')));
    });
  });
  try {
    const response = await answerTo(request, body);
    return { status: response.statusCode ?? 0, body: await startOf(response) };
  } catch (error) {
    throw new NoAnswer(error, isConnected);
  } finally {
    request.destroy();
  }
}

function answerTo(request: ClientRequest, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
    // After 101 Switching Protocols the connection is no longer the request's: nothing else ends it.
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(codedError('SWITCHED_PROTOCOLS'));
    });
    request.on('close', () => reject(codedError('ECONNRESET')));
    request.end(body);
  });
}

/** The status has arrived, so a body that breaks off does not matter. */
async function startOf(response: IncomingMessage): Promise<Buffer> {
  const start = gatherBytes();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      start.add(chunk);
      if (start.size() >= MOST_BYTES_READ) break;
    }
  } catch {
    return start.bytes();
  }
  return start.bytes();
}
