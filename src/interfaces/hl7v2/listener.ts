/**
 * Listens for MLLP connections, plain or with TLS and client certificates. Certificates are read again within a second
 * of a change.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { plainAddress } from '../../platform/client-address';
import { reloadOnChange, tlsOptions, type TlsFiles } from '../../platform/tls';
import {
  serveConnection,
  type Connection,
  type ConnectionSettings,
  type Framed,
  type Lost,
} from './connection';
import type { MessageMemory } from './message-memory';
import { MAX_CONNECTIONS, openPlaces, type Place, type Places } from './places';

export interface ListenerSettings extends Pick<
  ConnectionSettings,
  'maxFrameBytes' | 'mostOfTooLarge' | 'minBytesPerSecond'
> {
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  /** How long a TLS handshake may take. */
  handshakeMillis?: number;
  /** Counts the bytes of messages held at one time. */
  memory: MessageMemory;
  handle: (message: Framed, address: string) => Promise<Buffer>;
  onLost: (lost: Lost, address: string) => Promise<void>;
  onProblem: (text: string) => void;
  /** Called when a connection was closed or refused, because there are too many. */
  onFull: () => void;
  onReload: (file: string) => void;
}

export interface MllpListener {
  port: number;
  /** Takes no new connection; those that are open stay. */
  close(): void;
  /** Waits for the messages in progress, at most so many milliseconds, then ends every connection. */
  drain(milliseconds: number): Promise<void>;
}

const HANDSHAKE_MILLIS = 10_000;
/** After this time without a byte the system asks whether the other end is still there. */
const KEEP_ALIVE_MILLIS = 60_000;
/** For a sender that has just begun to send when the server stops: it gets its answer. */
const LAST_MESSAGES_MILLIS = 300;
/** For a frame that has begun when the server stops. */
const BEGUN_MESSAGES_MILLIS = 5_000;

/** @throws when the address cannot be listened on, or a TLS file cannot be used */
export async function listenForMessages(settings: ListenerSettings): Promise<MllpListener> {
  const { host, onProblem, tls } = settings;
  const open = new Set<Connection>();
  const tellFull = (text: string): void => {
    onProblem(text);
    settings.onFull();
  };
  const places = openPlaces(tellFull);

  const serve = (socket: Socket, place: Place): void => {
    const { address } = place;
    socket.on('error', () => socket.destroy());
    const connection = serveConnection(socket, {
      ...settings,
      handle: (cut) => settings.handle(cut, address),
      onLost: (lost) => settings.onLost(lost, address),
      hold: settings.memory.open(address),
      onProblem: (text) => onProblem(`${text} (from ${address})`),
    });
    place.connection = connection;
    open.add(connection);
    void connection.ended.finally(() => open.delete(connection));
  };

  const secure = tls ? await secured(tls, settings, places, serve) : undefined;
  // A sender may end its side after its last message, and still waits for the answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.setKeepAlive(true, KEEP_ALIVE_MILLIS);
    const place = places.admit(socket);
    if (place && secure) secure.take(socket, place);
    else if (place) serve(socket, place);
  });
  // More than `places` keeps, for those that are still closing. Above it Node.js refuses a connection itself.
  server.maxConnections = 2 * MAX_CONNECTIONS;
  server.on('drop', ({ remoteAddress = 'an unknown address' } = {}) =>
    tellFull(
      `more than ${server.maxConnections} connections; a new one was refused (from ${plainAddress(remoteAddress)})`,
    ),
  );

  const port = await listening(server, host, settings.port).catch((error: unknown) => {
    secure?.release();
    throw error;
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of open) connection.look(now);
    places.tidy();
  }, 1_000);
  timer.unref();

  return {
    port,
    close: () => {
      secure?.release();
      server.close();
    },
    drain: async (milliseconds) => {
      await drained(open, milliseconds);
      for (const { socket, connection } of [...places.all()]) if (!connection) socket.destroy();
      for (const connection of open) connection.end('the server stopped');
      await Promise.all([...open].map(({ ended }) => ended));
      clearInterval(timer);
    },
  };
}

interface Secured {
  /** Begins the handshake on a connection that was accepted. */
  take(socket: Socket, place: Place): void;
  release(): void;
}

/**
 * TLS on connections that another server accepts. Who has not ended the handshake in time, or ends its side before, is
 * gone at once: without a certificate nobody keeps a place.
 */
async function secured(
  tls: TlsFiles,
  { onProblem, onReload, handshakeMillis = HANDSHAKE_MILLIS }: ListenerSettings,
  places: Places,
  serve: (socket: Socket, place: Place) => void,
): Promise<Secured> {
  const server: TlsServer = createTlsServer(await tlsOptions(tls), (socket) => {
    const place = places.of(socket);
    if (!place || place.connection) return void socket.destroy();
    socket.allowHalfOpen = true;
    serve(socket, place);
  });
  const tell = (place: Place | undefined, why: string): void => {
    // A probe sends nothing.
    if (place?.isTold !== false || place.connection || place.socket.bytesRead === 0) return;
    place.isTold = true;
    onProblem(`a TLS connection was refused: ${why} (from ${place.address})`);
  };
  server.on('tlsClientError', (error: Error & { code?: string }, socket) =>
    tell(places.of(socket), error.code ?? error.message),
  );
  return {
    take(socket, place) {
      socket.allowHalfOpen = false;
      const timer = setTimeout(() => {
        if (place.connection) return;
        tell(place, `the handshake took longer than ${handshakeMillis / 1000} seconds`);
        socket.destroy();
      }, handshakeMillis);
      socket.once('close', () => {
        clearTimeout(timer);
        tell(place, 'it ended before the handshake did');
      });
      server.emit('connection', socket);
    },
    release: reloadOnChange(server, tls, { problem: onProblem, reload: onReload }, 500),
  };
}

/** Waits for the messages in progress. */
async function drained(open: ReadonlySet<Connection>, milliseconds: number): Promise<void> {
  const began = performance.now();
  const isBusy = (each: Connection): boolean => {
    const stage = each.stage();
    if (stage === 'inside') return performance.now() < began + BEGUN_MESSAGES_MILLIS;
    return stage !== 'quiet';
  };
  const isDone = (): boolean =>
    performance.now() > began + milliseconds ||
    (performance.now() > began + LAST_MESSAGES_MILLIS && ![...open].some(isBusy));
  while (open.size > 0 && !isDone()) await new Promise((again) => setTimeout(again, 20));
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
