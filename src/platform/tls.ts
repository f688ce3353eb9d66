/**
 * TLS and mutual TLS: TLS 1.2 and 1.3, and only suites with forward secrecy. Certificates are read again when their
 * files change, so that a renewal needs no restart.
 * @see https://www.ncsc.gov.uk/guidance/using-tls-to-protect-data
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type Server } from 'node:tls';
import { checkAuthorities } from './authorities';

export interface TlsFiles {
  certFile: string;
  keyFile: string;
  /** The authorities of client certificates. If set, every caller must show one. */
  clientCaFile?: string;
}

const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/**
 * @throws when a file cannot be read, or key and certificate do not match: the caller names the variables to correct
 */
export async function tlsOptions(files: TlsFiles): Promise<ServerOptions> {
  const [cert, key, ca] = await Promise.all([
    readFile(files.certFile),
    readFile(files.keyFile),
    files.clientCaFile === undefined ? undefined : readFile(files.clientCaFile),
  ]);
  const options: ServerOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
  };
  if (ca !== undefined) checkAuthorities(ca);
  createSecureContext(options);
  return options;
}

/**
 * Checks the files every few seconds. A new pair is used for new connections. A broken pair is reported, and the old
 * pair stays in use until the files are correct.
 * @returns a function that ends the checks
 */
export function reloadOnChange(
  server: Server,
  files: TlsFiles,
  on: { problem: (text: string) => void; reload: (file: string) => void },
  everyMillis = 5_000,
): () => void {
  let known: string | undefined;
  const look = async (): Promise<void> => {
    const seen = await marksOf(files);
    const isFirst = known === undefined;
    if (seen === known) return;
    known = seen;
    if (isFirst) return;
    try {
      server.setSecureContext(await tlsOptions(files));
      on.reload(files.certFile);
    } catch {
      on.problem(
        'the changed TLS certificate, key or client CA cannot be used; the server continues to use the earlier one',
      );
    }
  };
  void look();
  const timer = setInterval(() => void look(), everyMillis).unref();
  return () => clearInterval(timer);
}

async function marksOf({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<string> {
  const marks = [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])].map(
    async (file) => {
      const { mtimeMs, size, ino } = await stat(file);
      return `${mtimeMs} ${size} ${ino}`;
    },
  );
  return Promise.all(marks).then(
    (all) => all.join('|'),
    () => 'missing',
  );
}

const thumbprints = new WeakMap<Socket, string>();

/** base64url of the SHA-256 of the verified client certificate; undefined when there is none. */
export function clientCertificateOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  let thumbprint = thumbprints.get(socket);
  if (thumbprint === undefined) {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
    thumbprints.set(socket, thumbprint);
  }
  return thumbprint;
}
