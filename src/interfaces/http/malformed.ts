/**
 * Answers requests that Node.js refuses before Express sees them: a head that is too large, malformed or too slow. They
 * get an OperationOutcome too, and the connection ends.
 * @see https://nodejs.org/api/http.html#event-clienterror
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { operationOutcome } from '../../fhir/operation-outcome';
import { requestIssues } from '../../definitions/issues/of-requests';
import { onEveryRequest } from './every-request';
import { statusOf } from './status';

interface Refusal {
  rule: keyof typeof requestIssues;
  text: string;
}

const TOO_LARGE: Refusal = {
  rule: 'http-headers-too-large',
  text: 'The request line and the header fields are larger than 32 KiB, the limit of this server. Send smaller ones.',
};
const TOO_SLOW: Refusal = {
  rule: 'http-too-slow',
  text: 'The request did not arrive within the time limit. Send it again on a new connection.',
};
const CHUNKS: Refusal = {
  rule: 'http-chunk-extensions',
  text: 'The chunks of the body have too many extensions. Send chunks without extensions.',
};
const BROKEN: Refusal = {
  rule: 'http-malformed',
  text: 'The request is not well-formed HTTP/1.1. Send one length of the body (Content-Length or chunked, not both), and header fields without control characters.',
};
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: TOO_SLOW,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: CHUNKS,
};

/** @param headers the headers of every answer */
export function answerMalformed(server: Server, headers: Readonly<Record<string, string>>): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  onEveryRequest(server, (request, response) => answering.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const current = answering.get(socket);
    // An answer that has begun cannot be changed, and one that was sent before the body was complete is enough.
    const isAnswered = current?.headersSent === true && !(current.writableFinished && current.req.complete);
    if (!socket.writable || isAnswered || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    socket.end(answerText(refusals[error.code ?? ''] ?? BROKEN, headers));
    // Closes the connection if the caller does not.
    setTimeout(() => socket.destroy(), 1_000).unref();
  });
}

/** The complete text of an HTTP answer, for connections without a response object. */
function answerText({ rule, text }: Refusal, headers: Readonly<Record<string, string>>): string {
  const { severity, code, category } = requestIssues[rule];
  const status = statusOf[category];
  const body = JSON.stringify(operationOutcome([{ severity, code, rule, text }]));
  const fields = {
    ...headers,
    'X-Request-ID': randomUUID(),
    'Content-Type': 'application/fhir+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
