/**
 * The listening server, plain or TLS, with time and size limits so that slow and huge requests cannot block the others.
 * @see https://nodejs.org/api/http.html#serverrequesttimeout
 */
import {
  createServer as createPlainServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { boundConnections } from './bounded-connections';
import { closeGently } from './close-gently';
import { serveConnect } from './connect-requests';
import { everyAnswer } from './every-answer';
import { expressMessages, type ExpressMessages } from './express-messages';
import { answerMalformed } from './malformed';
import { watchUploads } from './upload-pace';
import { reloadOnChange, tlsOptions, type TlsFiles } from '../../platform/tls';

export interface ServerSettings {
  requestTimeoutSeconds: number;
  /** The least speed of a body, over any 30 seconds. */
  minUploadBytesPerSecond: number;
  /**
   * The most bytes of bodies that are received at one time; also the most bytes of answers that callers have not read.
   */
  maxBodyBytesInFlight: number;
  tls: TlsFiles | undefined;
  /** Whether to tell callers to use only HTTPS. */
  isSecure: boolean;
  onProblem: (text: string) => void;
  /** Called with the name of a file whose changes are in use from now on. */
  onReload: (file: string) => void;
}

export interface ListeningServer {
  server: Server;
  /** Prepares requests and responses for an Express application. */
  adopt: ExpressMessages['adopt'];
  /** Serves a connection that another server or another process accepted. */
  take(socket: Socket): void;
  /** Answers the requests already received and stops, after at most this many milliseconds. */
  close(milliseconds: number): Promise<void>;
  /** Stops background work, such as watching certificates. */
  release(): void;
}

/** The request's line and all its header fields. */
const MAX_HEAD_BYTES = 32 * 1024;
const HEADERS_TIMEOUT = 15_000;
const MAX_PIPELINED = 16;

/** @throws when the TLS files cannot be used */
export async function openServer(
  requested: RequestListener,
  settings: ServerSettings,
): Promise<ListeningServer> {
  const requestTimeout = settings.requestTimeoutSeconds * 1000;
  const messages = expressMessages();
  const options: ServerOptions = {
    ...messages.classes,
    // Bodies have a minimum speed instead of a time limit.
    requestTimeout: 0,
    headersTimeout: Math.min(HEADERS_TIMEOUT, requestTimeout),
    // How often Node.js checks the two limits above.
    connectionsCheckingInterval: Math.min(1_000, requestTimeout),
    keepAliveTimeout: 10_000,
    maxHeaderSize: MAX_HEAD_BYTES,
    requireHostHeader: true,
    insecureHTTPParser: false,
  };
  const watched = watchUploads(
    requested,
    { minBytesPerSecond: settings.minUploadBytesPerSecond, idleMillis: requestTimeout },
    (socket) => server.emit('clientError', tooSlow(), socket),
  );
  const listener = boundConnections(watched.listener, {
    maxPipelined: MAX_PIPELINED,
    maxUntakenBytes: settings.maxBodyBytesInFlight,
    takeWithinMillis: 5 * requestTimeout,
  });
  let server: Server;
  let release = (): void => undefined;
  if (settings.tls) {
    const tls = { ...(await tlsOptions(settings.tls)), handshakeTimeout: HEADERS_TIMEOUT };
    const secure = createTlsServer({ ...options, ...tls }, listener);
    release = reloadOnChange(secure, settings.tls, {
      problem: settings.onProblem,
      reload: settings.onReload,
    });
    server = secure;
  } else server = createPlainServer(options, listener);
  // No field is dropped silently: `refusals.ts` refuses too many fields, and the size of the head limits them.
  server.maxHeadersCount = 0;
  // A caller that reads nothing of its answer for this long has gone.
  server.setTimeout(requestTimeout + 60_000);
  answerMalformed(server, everyAnswer(settings.isSecure));
  // The server asks for the body when it needs it (`body.ts`), after it has identified the caller.
  server.on('checkContinue', listener);
  serveConnect(server, requested, messages.classes.ServerResponse);
  server.on('checkExpectation', (request, response) => {
    delete request.headers.expect;
    listener(request, response);
  });
  return {
    server,
    adopt: messages.adopt,
    take: takerOf(server),
    close: closeGently(server),
    release: () => {
      watched.stop();
      release();
    },
  };
}

/** A server that does not listen itself must be prepared as one that does, or its time limits do not hold. */
function takerOf(server: Server): (socket: Socket) => void {
  let isPrepared = false;
  return (socket) => {
    if (!isPrepared) server.emit('listening');
    isPrepared = true;
    socket.setNoDelay(true);
    server.emit('connection', socket);
    socket.resume();
  };
}

/** The error that Node.js raises for a request that is too slow. */
const tooSlow = (): Error =>
  Object.assign(new Error('the body arrives too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
