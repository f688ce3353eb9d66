/**
 * HTTP requests to MESH, over TLS with a client certificate. The certificate, its key and the certificate authorities
 * are read again when their files change.
 */
import { readFile, stat } from 'node:fs/promises';
import {
  Agent as PlainAgent,
  request as plainRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { messageOf } from '../../platform/message-of';
import type { TlsFiles } from './mesh-file';
import { awayFrom, MeshAway } from './mesh-fault';

export interface Call {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Below the address of MESH: `/messageexchange/X26ABC1/inbox`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Buffer;
  /**
   * True to use a connection of its own. An idle connection that MESH has just closed would leave it unknown whether the
   * request arrived.
   */
  isOnNewConnection?: boolean;
}

export interface Connection {
  /**
   * @returns the answer when its headers have come; its body must be read or destroyed
   * @throws MeshAway when there is no answer
   */
  send(call: Call, signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

export interface ConnectionOptions {
  url: string;
  tls: TlsFiles;
  /** Reports a changed certificate that cannot be used; the earlier one stays in use. */
  onProblem: (text: string) => void;
  /** How long MESH may be silent, in milliseconds. */
  silenceMillis?: number;
  /** The time until the head of an answer is there, in milliseconds, beside the time to send the body. */
  headMillis?: number;
}

const SILENCE_MILLIS = 60_000;
const HEAD_MILLIS = 5 * 60_000;
/** The slowest that a body may be sent or received, over the time of silence: a trickle holds the mailbox for ever. */
const SLOWEST_BYTES_PER_SECOND = 1024;
const CHECK_FILES_EVERY_MILLIS = 1_000;

export function openConnection({
  url,
  tls,
  onProblem,
  silenceMillis = SILENCE_MILLIS,
  headMillis = HEAD_MILLIS,
}: ConnectionOptions): Connection {
  const base = new URL(url);
  const isEncrypted = base.protocol === 'https:';
  const plain = new PlainAgent({ keepAlive: true, maxSockets: 8 });
  const secure = secureAgents(tls, onProblem);
  return {
    send: async (call, signal) => {
      const { agent, secureContext } = isEncrypted
        ? await secure.current()
        : { agent: plain, secureContext: undefined };
      const options: RequestOptions & { secureContext?: SecureContext } = {
        method: call.method,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        ...(base.port === '' ? {} : { port: base.port }),
        path: `${base.pathname.replace(/\/+$/, '')}${call.path}`,
        headers: {
          ...call.headers,
          ...(call.body === undefined ? {} : { 'Content-Length': String(call.body.length) }),
        },
        agent: call.isOnNewConnection === true ? false : agent,
        signal,
        timeout: silenceMillis,
        ...(secureContext === undefined ? {} : { secureContext, minVersion: 'TLSv1.2' }),
      };
      const sendMillis = ((call.body?.length ?? 0) / SLOWEST_BYTES_PER_SECOND) * 1_000;
      const limits = { silenceMillis, headMillis: headMillis + sendMillis };
      return answerTo(options, { isEncrypted, body: call.body, host: base.host, ...limits });
    },
    close: () => {
      plain.destroy();
      secure.close();
    },
  };
}

interface Asked {
  isEncrypted: boolean;
  body: Buffer | undefined;
  host: string;
  silenceMillis: number;
  headMillis: number;
}

function answerTo(
  options: RequestOptions,
  { isEncrypted, body, host, silenceMillis, headMillis }: Asked,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = isEncrypted ? tlsRequest(options) : plainRequest(options);
    let isSent = false;
    const away = (error: unknown): void => reject(awayFrom(host, error, isSent));
    const late = setTimeout(() => request.destroy(noAnswer()), headMillis);
    request.on('socket', (socket) => {
      // Nothing has left this computer before the connection is there.
      if (request.reusedSocket) isSent = true;
      else socket.once(isEncrypted ? 'secureConnect' : 'connect', () => (isSent = true));
    });
    request.on('timeout', () => request.destroy(noAnswer()));
    request.on('error', away);
    // After 101 Switching Protocols the connection is no longer the request's: nothing else ends it.
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      away(new Error('it answered 101 Switching Protocols'));
    });
    request.on('close', () => {
      clearTimeout(late);
      away(noAnswer());
    });
    request.on('response', (response) => {
      clearTimeout(late);
      endTrickle(response, silenceMillis);
      resolve(response);
    });
    request.end(body);
  });
}

const noAnswer = (): Error => Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

/** Ends an answer whose body comes too slowly to ever end. */
function endTrickle(response: IncomingMessage, everyMillis: number): void {
  const { socket } = response;
  const least = (SLOWEST_BYTES_PER_SECOND * everyMillis) / 1_000;
  let before = socket.bytesRead;
  const timer = setInterval(() => {
    const received = socket.bytesRead - before;
    before = socket.bytesRead;
    // What has come and is not read yet is waited for by the reader, not by MESH.
    if (received < least && response.readableLength === 0) response.destroy(noAnswer());
  }, everyMillis);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

interface Agents {
  current(): Promise<{ agent: Agent; secureContext: SecureContext }>;
  close(): void;
}

/** The agent of the newest certificate. */
function secureAgents(files: TlsFiles, onProblem: (text: string) => void): Agents {
  let inUse: { agent: Agent; secureContext: SecureContext } | undefined;
  let signature = '';
  let checkedAt = -Infinity;
  /** The check in progress: several mailboxes ask at the same moment. */
  let checking: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    const found = await signatureOf(files);
    if (inUse !== undefined && found === signature) return;
    signature = found;
    const secureContext = await contextOf(files);
    const earlier = inUse;
    inUse = { agent: new Agent({ keepAlive: true, maxSockets: 8, secureContext }), secureContext };
    // Requests in progress end on their connections; idle ones are closed.
    if (earlier) setTimeout(() => earlier.agent.destroy(), 60_000).unref();
  };
  const check = async (): Promise<void> => {
    try {
      await renew();
    } catch (error) {
      const problem = `MESH_FILE: the files of certFile, keyFile and caFile cannot be used (${messageOf(error)})`;
      if (inUse === undefined) throw new MeshAway(`${problem}.`, false, error);
      onProblem(`${problem}; the earlier ones stay in use.`);
    } finally {
      checkedAt = performance.now();
      checking = undefined;
    }
  };
  return {
    current: async () => {
      if (inUse === undefined || performance.now() - checkedAt >= CHECK_FILES_EVERY_MILLIS)
        await (checking ??= check());
      return inUse!;
    },
    close: () => inUse?.agent.destroy(),
  };
}

async function contextOf({ certFile, keyFile, caFile }: TlsFiles): Promise<SecureContext> {
  const [cert, key, ca] = await Promise.all(
    [certFile, keyFile, caFile].map((path) => (path === undefined ? undefined : readFile(path))),
  );
  return createSecureContext({ cert, key, ca, minVersion: 'TLSv1.2' });
}

async function signatureOf({ certFile, keyFile, caFile }: TlsFiles): Promise<string> {
  const found = await Promise.all(
    [certFile, keyFile, caFile].map(async (path) => {
      if (path === undefined) return '';
      const { mtimeMs, size, ino } = await stat(path);
      return `${mtimeMs} ${size} ${ino}`;
    }),
  );
  return found.join(';');
}
