/**
 * The listening server: plain or TLS, with the times and sizes that keep slow and huge callers from starving the rest.
 * @see https://nodejs.org/api/http.html#serverrequesttimeout
 */
import {
  createServer as createPlainServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { boundConnections } from './bounded-connections';
import { closeGently } from './close-gently';
import { everyAnswer } from './every-answer';
import { answerMalformed, answerText, NO_PROXY } from './malformed';
import { watchUploads } from './upload-pace';
import { reloadOnChange, tlsOptions, type TlsFiles } from './tls';

export interface ServerSettings {
  requestTimeoutSeconds: number;
  /** How fast a body must come, over any 30 seconds. */
  minUploadBytesPerSecond: number;
  /** Bytes of bodies received at one time at most; of answers that are not being taken, too. */
  maxBodyBytesInFlight: number;
  tls: TlsFiles | undefined;
  /** Whether callers are told to come by HTTPS only. */
  isSecure: boolean;
  onProblem: (text: string) => void;
  /** Told the name of a file that has changed and holds from now on. */
  onReload: (file: string) => void;
}

export interface ListeningServer {
  server: Server;
  /** Answers what has come and stops, after so many milliseconds at most. */
  close(milliseconds: number): Promise<void>;
  /** Ends what goes on beside it, such as looking after certificates. */
  release(): void;
}

/** The request's line and all its header fields. */
const MAX_HEAD_BYTES = 32 * 1024;
const HEADERS_TIMEOUT = 15_000;
const MAX_PIPELINED = 16;

/** @throws where the TLS files can't be used */
export async function openServer(
  requested: RequestListener,
  settings: ServerSettings,
): Promise<ListeningServer> {
  const requestTimeout = settings.requestTimeoutSeconds * 1000;
  const options: ServerOptions = {
    // Bodies have a pace instead of a time.
    requestTimeout: 0,
    headersTimeout: Math.min(HEADERS_TIMEOUT, requestTimeout),
    // How often the two above are looked at.
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
  // None is dropped silently: `refusals.ts` refuses more than are of use, and the size of the head bounds them.
  server.maxHeadersCount = 0;
  // A caller that takes nothing of its answer for so long has gone.
  server.setTimeout(requestTimeout + 60_000);
  answerMalformed(server, everyAnswer(settings.isSecure));
  // The body is asked for when it is wanted (`body.ts`), not before the caller is known.
  server.on('checkContinue', listener);
  // A proxy is asked for what this is not. Node.js would hang up without a word.
  server.on('connect', (_request, socket) => {
    socket.end(answerText(NO_PROXY, everyAnswer(settings.isSecure)));
  });
  server.on('checkExpectation', (request, response) => {
    delete request.headers.expect;
    listener(request, response);
  });
  return {
    server,
    close: closeGently(server),
    release: () => {
      watched.stop();
      release();
    },
  };
}

/** What Node.js says of a request that did not come in time. */
const tooSlow = (): Error =>
  Object.assign(new Error('the body arrives too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
