/**
 * What every answer to an attack must be: no 5xx, well-formed, never cached, and without a word of how the server is
 * built. And a socket for requests that no HTTP client would send.
 */
import { connect } from 'node:net';
import type { Reply } from '../support/homeward';

const INSIDES =
  /node_modules|\bat [\w.<>]+ \((?:node:|file:|[/<])|\.ts:\d|\.js:\d|\bSELECT\b|\bpg_|syntax error|invalid input syntax|relation "|ECONNREFUSED|undefined|\[object |TypeError|RangeError/;

/** What is wrong with an answer; nothing where it is calm. */
export function agitationOf({ status, headers, bytes, json }: Reply): string[] {
  const text = bytes.toString('utf8');
  const faults: string[] = [];
  if (status >= 500) faults.push(`status ${status}`);
  if (headers.get('cache-control') !== 'no-store') faults.push('may be cached');
  if (headers.get('x-content-type-options') !== 'nosniff') faults.push('may be sniffed');
  if (status >= 400 && INSIDES.test(text)) faults.push(`tells of its insides: ${INSIDES.exec(text)?.[0]}`);
  const isFhir = headers.get('content-type')?.startsWith('application/fhir+json') === true;
  if (status >= 400 && text !== '') {
    if (!isFhir) faults.push('is no FHIR');
    else if (json?.resourceType !== 'OperationOutcome' || !(json.issue?.length > 0))
      faults.push('is no outcome');
  }
  return faults;
}

export interface RawAnswer {
  /** Everything that came until the connection was closed or the time was up. */
  text: string;
  statuses: number[];
  closed: boolean;
}

export interface RawOptions {
  pauseMillis?: number;
  waitMillis?: number;
  /** So many answers are waited for, and no more. */
  enough?: number;
}

/** Sends bytes as they are; pieces one after the other, with a pause between. */
export function raw(
  url: string,
  pieces: readonly (string | Buffer)[],
  { pauseMillis = 0, waitMillis = 1_500, enough = Infinity }: RawOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    let closed = false;
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({
        text,
        statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code)),
        closed,
      });
    };
    const timer = setTimeout(done, waitMillis);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (enough < Infinity && text.split('HTTP/1.1 ').length > enough) setTimeout(done, 50);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
      done();
    });
    const send = async (): Promise<void> => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pauseMillis > 0) await new Promise((next) => setTimeout(next, pauseMillis));
      }
    };
    socket.on('connect', () => void send());
  });
}

/** The OperationOutcome in the last answer of a raw exchange. */
export function outcomeIn({ text }: RawAnswer): { issue: { code: string }[] } | undefined {
  const body = text.slice(text.lastIndexOf('\r\n\r\n') + 4);
  try {
    return JSON.parse(body) as { issue: { code: string }[] };
  } catch {
    return undefined;
  }
}
