/** Takes the port before the database is opened, and passes requests to the server as soon as it can serve. */
import type { RequestListener } from 'node:http';
import type { Config } from '../config';
import { everyAnswer } from '../interfaces/http/every-answer';
import { listening } from '../interfaces/http/listening';
import { openServer } from '../interfaces/http/server';
import type { TlsFiles } from '../interfaces/http/tls';
import { whileStarting } from '../interfaces/http/while-starting';
import type { Logger } from '../platform/logger';
import { StartFailure } from './start-failure';

export interface Listener {
  port: number;
  /** The address of the server on this machine. */
  url: string;
  serve(app: RequestListener): void;
  /** Answers the requests already received and stops, after at most this many milliseconds. */
  close(milliseconds: number): Promise<void>;
}

/** Whether callers use HTTPS, to this server or to a proxy before it. */
export function isSecure({ tlsCertFile, baseUrl }: Config): boolean {
  return tlsCertFile !== undefined || baseUrl?.startsWith('https:') === true;
}

/** @throws StartFailure when the port is in use, the address is not one of this machine, or the TLS files are wrong */
export async function openListener(config: Config, log: Logger): Promise<Listener> {
  const starting = whileStarting(everyAnswer(isSecure(config)));
  const { server, close, release } = await openServer(starting.listener, {
    ...config,
    tls: tlsFilesOf(config),
    isSecure: isSecure(config),
    onProblem: (text) => log.warn(text),
    onReload: (file) => log.info({ file }, 'file read again'),
  }).catch((error: unknown) => {
    throw new StartFailure([
      `TLS_CERT_FILE, TLS_KEY_FILE or TLS_CLIENT_CA_FILE cannot be used: ${(error as Error).message}`,
    ]);
  });
  const port = await listening(server, config).catch((error: unknown) => {
    release();
    throw failureOf(error, config);
  });
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const reached = host === '0.0.0.0' || host === '[::]' ? 'localhost' : host;
  return {
    port,
    url: `${config.tlsCertFile === undefined ? 'http' : 'https'}://${reached}:${port}`,
    serve: starting.open,
    close: (milliseconds) => {
      release();
      return close(milliseconds);
    },
  };
}

function failureOf(error: unknown, { host, port }: Config): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'EADDRINUSE')
    return new StartFailure(
      [`Port ${port} on ${host} is taken by another program; set PORT to a free one.`],
      69,
    );
  if (code === 'EACCES')
    return new StartFailure([`PORT ${port} is not allowed to this user; set PORT to one above 1023.`]);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL')
    return new StartFailure([`HOST ${host} is not an address of this machine.`]);
  return error;
}

function tlsFilesOf({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Config): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const ca = tlsClientCaFile === undefined ? {} : { clientCaFile: tlsClientCaFile };
  return { certFile: tlsCertFile, keyFile: tlsKeyFile, ...ca };
}
