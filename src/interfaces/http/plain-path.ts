/**
 * Writes each path in one way before a route is chosen: `/FHIR/R4/%24process-message/` becomes
 * `/FHIR/R4/$process-message`. Many clients encode each segment of a path (`encodeURIComponent`, Java's `URLEncoder`),
 * and some add a slash at the end. Only escapes that RFC 3986 treats as equivalent change, and `$`: `%2F` does not
 * become a slash, and `%2524` does not become `%24`.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.2
 */
import type { NextFunction, Request, Response } from 'express';

/** The unreserved characters of RFC 3986, and the `$` with which the names of operations begin. */
const PLAIN = /^[A-Za-z0-9\-._~$]$/;
const MALFORMED = /%(?![0-9A-Fa-f]{2})/;

/** @param url a path, with its query if it has one; the query stays as it is */
export function plainPath(url: string): string {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  // A malformed path stays as it is, and is refused when it is read.
  const decoded = MALFORMED.test(path) ? path : path.replace(/%[0-9A-Fa-f]{2}/g, plainEscape);
  const isLong = decoded.length > 1 && decoded.endsWith('/');
  return (isLong ? decoded.slice(0, -1) : decoded) + (mark < 0 ? '' : url.slice(mark));
}

function plainEscape(escape: string): string {
  const character = String.fromCharCode(parseInt(escape.slice(1), 16));
  return PLAIN.test(character) ? character : escape;
}

/** Sets `request.url`, from which Express chooses the route. `request.originalUrl` keeps the received path. */
export function routeByPlainPath(request: Request, _response: Response, next: NextFunction): void {
  request.url = plainPath(request.url);
  next();
}
