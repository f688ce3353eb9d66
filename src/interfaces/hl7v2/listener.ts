/**
 * Listens for MLLP connections, plain or with TLS and client certificates. Certificates are read again within a second
 * of a change.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { InFlight } from '../../platform/in-flight';
import { reloadOnChange, tlsOptions, type TlsFiles } from '../../platform/tls';
import { serveConnection, type Connection, type ConnectionSettings } from './connection';

export interface ListenerSettings extends Pick<
  ConnectionSettings,
  'maxFrameBytes' | 'minBytesPerSecond' | 'handle'
> {
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  /** Counts the bytes of messages held at one time. */
  inFlight: InFlight;
  onProblem: (text: string) => void;
  onReload: (file: string) => void;
}

export interface MllpListener {
  port: number;
  /** Takes no new connection; those that are open stay. */
  close(): void;
  /** Waits for the messages in progress, at most so many milliseconds, then ends every connection. */
  drain(milliseconds: number): Promise<void>;
}

const MAX_CONNECTIONS = 500;
/** Room for those that are being closed for new ones. */
const MAX_CLOSING = 50;
const HANDSHAKE_MILLIS = 15_000;
/** After this time without a byte the system asks whether the other end is still there. */
const KEEP_ALIVE_MILLIS = 60_000;
/** For a sender that has just begun to send when the server stops: it gets its answer. */
const LAST_MESSAGES_MILLIS = 300;
/** For a frame that has begun when the server stops. */
const BEGUN_MESSAGES_MILLIS = 5_000;

/** @throws when the address cannot be listened on, or a TLS file cannot be used */
export async function listenForMessages(settings: ListenerSettings): Promise<MllpListener> {
  const { host, onProblem, tls } = settings;
  /** Those that were quiet for the longest time come first. */
  const connections = new Set<Connection>();

  const serve = (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MILLIS);
    socket.on('error', () => socket.destroy());
    makeRoom(connections, onProblem);
    const connection: Connection = serveConnection(socket, {
      ...settings,
      handle: (cut, from) => {
        if (connections.delete(connection)) connections.add(connection);
        return settings.handle(cut, from);
      },
      hold: settings.inFlight.open(),
      onProblem: (text) => onProblem(`${text} (from ${socket.remoteAddress ?? 'an unknown address'})`),
    });
    connections.add(connection);
    void connection.ended.finally(() => connections.delete(connection));
  };

  // A sender may end its side after its last message, and still waits for the answer.
  const options = { allowHalfOpen: true, noDelay: true };
  let server: Server;
  let release = (): void => undefined;
  if (tls) {
    const secure = createTlsServer(
      { ...options, ...(await tlsOptions(tls)), handshakeTimeout: HANDSHAKE_MILLIS },
      serve,
    );
    secure.on('tlsClientError', (error: Error & { code?: string }) =>
      onProblem(`a TLS connection was refused: ${error.code ?? error.message}`),
    );
    release = reloadOnChange(secure, tls, { problem: onProblem, reload: settings.onReload }, 500);
    server = secure;
  } else server = createServer(options, serve);
  server.maxConnections = MAX_CONNECTIONS + MAX_CLOSING;
  server.on('drop', () => onProblem(`more than ${MAX_CONNECTIONS} connections; one was refused`));

  const port = await listening(server, host, settings.port).catch((error: unknown) => {
    release();
    throw error;
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.look(now);
  }, 1_000);
  timer.unref();

  return {
    port,
    close: () => {
      release();
      server.close();
    },
    drain: async (milliseconds) => {
      const until = performance.now() + milliseconds;
      const lastMessages = performance.now() + LAST_MESSAGES_MILLIS;
      const begunUntil = performance.now() + BEGUN_MESSAGES_MILLIS;
      const isBusy = (each: Connection): boolean =>
        each.isHandling() || (each.isInside() && performance.now() < begunUntil);
      const isDone = (): boolean =>
        performance.now() > until || (performance.now() > lastMessages && ![...connections].some(isBusy));
      while (connections.size > 0 && !isDone()) await new Promise((again) => setTimeout(again, 20));
      for (const connection of connections) connection.end();
      await Promise.all([...connections].map(({ ended }) => ended));
      clearInterval(timer);
    },
  };
}

/** An engine that opens connections and leaves them open does not keep the others out. */
function makeRoom(connections: Set<Connection>, onProblem: (text: string) => void): void {
  if (connections.size < MAX_CONNECTIONS) return;
  for (const each of connections)
    if (!each.isHandling() && !each.isInside()) {
      onProblem(`more than ${MAX_CONNECTIONS} connections; the one that was quiet longest was closed`);
      connections.delete(each);
      each.end();
      return;
    }
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
