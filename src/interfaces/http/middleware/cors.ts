/**
 * Cross-origin calls from browsers: refused, except for the origins that the operator lists. The server uses no
 * cookies, so credentials are not allowed either.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';

const METHODS = 'GET, HEAD, POST';
const REQUEST_HEADERS = [
  'Accept',
  'Authorization',
  'Content-Type',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'NHSD-End-User-Organisation-ODS',
  'Prefer',
  'Range',
  'X-Break-Glass',
  'X-Correlation-ID',
  'X-Request-ID',
].join(', ');
const ANSWER_HEADERS = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Location',
  'Retry-After',
  'WWW-Authenticate',
  'X-Correlation-ID',
  'X-Request-ID',
  'X-Submission-ID',
].join(', ');

/** @param origins exactly as browsers send them: `https://ward.example.nhs.uk` */
export function cors(origins: readonly string[]): RequestHandler {
  const known = new Set(origins);
  return (request: Request, response: Response, next: NextFunction) => {
    if (known.size > 0) response.setHeader('Vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !known.has(origin)) return next();
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', ANSWER_HEADERS);
    // Lets the browser show a page of that origin what the page may read.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
      return next();
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
    response.setHeader('Access-Control-Max-Age', '600');
    response.status(204).end();
  };
}
