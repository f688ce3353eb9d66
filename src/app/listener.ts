/** Takes the port before the database is opened, and passes requests to the server as soon as it can serve. */
import { createServer } from 'node:net';
import type { Express } from 'express';
import type { Config } from '../config';
import { everyAnswer } from '../interfaces/http/every-answer';
import { listening } from '../interfaces/http/listening';
import { openServer } from '../interfaces/http/server';
import type { TlsFiles } from '../platform/tls';
import { whileStarting } from '../interfaces/http/while-starting';
import type { Logger } from '../platform/logger';
import type { Processes } from './processes';
import { StartFailure } from './start-failure';

export interface Listener {
  port: number;
  /** The address of the server on this machine. */
  url: string;
  /** Sets what `/_status` says that the start waits for; undefined for nothing. */
  waitsFor(sentence: string | undefined): void;
  serve(app: Express): void;
  /** Answers the requests already received and stops, after at most this many milliseconds. */
  close(milliseconds: number): Promise<void>;
}

/** Sockets that another process may take: nothing is read from them before. */
const HANDED_OVER = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true };

/** Whether callers use HTTPS, to this server or to a proxy before it. */
export function isSecure({ tlsCertFile, baseUrl }: Config): boolean {
  return tlsCertFile !== undefined || baseUrl?.startsWith('https:') === true;
}

/**
 * @param setting the variable with the port
 * @throws StartFailure when the port is in use, the address is not one of this machine, or the TLS files are wrong
 */
async function openListener(
  given: Config,
  log: Logger,
  processes: Processes,
  setting: 'PORT' | 'METRICS_PORT' = 'PORT',
): Promise<Listener> {
  const config = setting === 'PORT' ? given : { ...given, port: given.metricsPort ?? given.port };
  const starting = whileStarting(everyAnswer(isSecure(config)));
  const { joined } = processes;
  const workers = setting === 'PORT' ? processes.workers : undefined;
  const { server, adopt, take, close, release } = await openServer(starting.listener, {
    ...config,
    maxBodyBytesInFlight: Math.ceil(config.maxBodyBytesInFlight / processes.count),
    tls: tlsFilesOf(config),
    isSecure: isSecure(config),
    onProblem: (text) => log.warn(text),
    onReload: (file) => {
      if (!joined) log.info({ file }, 'file read again');
    },
  }).catch((error: unknown) => {
    throw new StartFailure([
      `TLS_CERT_FILE, TLS_KEY_FILE or TLS_CLIENT_CA_FILE cannot be used: ${(error as Error).message}`,
    ]);
  });
  joined?.serves(take);
  const acceptor = workers && createServer(HANDED_OVER, (socket) => workers.place(socket, take));
  const port = await (joined ? Promise.resolve(0) : listening(acceptor ?? server, config)).catch(
    (error: unknown) => {
      release();
      throw failureOf(error, config, setting);
    },
  );
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const reached = host === '0.0.0.0' || host === '[::]' ? 'localhost' : host;
  return {
    port,
    url: `${config.tlsCertFile === undefined ? 'http' : 'https'}://${reached}:${port}`,
    waitsFor: starting.waitsFor,
    serve: (app) => {
      adopt(app);
      starting.open(app);
    },
    close: (milliseconds) => {
      release();
      acceptor?.close();
      return close(milliseconds);
    },
  };
}

/** The ports that a server takes at start. */
export interface Listeners {
  api: Listener;
  /** For `/metrics`, if it has a port of its own. */
  metrics: Listener | undefined;
}

/** @throws StartFailure as `openListener` does, with no port taken */
export async function openListeners(config: Config, log: Logger, processes: Processes): Promise<Listeners> {
  const api = await openListener(config, log, processes);
  if (config.metricsPort === undefined || processes.joined) return { api, metrics: undefined };
  try {
    return { api, metrics: await openListener(config, log, processes, 'METRICS_PORT') };
  } catch (error) {
    await api.close(0);
    throw error;
  }
}

export async function closeListeners({ api, metrics }: Listeners, milliseconds: number): Promise<void> {
  await Promise.all([api.close(milliseconds), metrics?.close(milliseconds)]);
}

function failureOf(error: unknown, { host, port }: Config, setting: string): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'EADDRINUSE')
    return new StartFailure(
      [`Port ${port} on ${host} is taken by another program; set ${setting} to a free one.`],
      69,
    );
  if (code === 'EACCES')
    return new StartFailure([
      `${setting} ${port} is not allowed to this user; set ${setting} to one above 1023.`,
    ]);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL')
    return new StartFailure([`HOST ${host} is not an address of this machine.`]);
  return error;
}

function tlsFilesOf({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Config): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const ca = tlsClientCaFile === undefined ? {} : { clientCaFile: tlsClientCaFile };
  return { certFile: tlsCertFile, keyFile: tlsKeyFile, ...ca };
}
