/**
 * One spelling for each path, before any route is chosen: `/FHIR/R4/%24process-message/` is `/FHIR/R4/$process-message`.
 * Many clients encode each segment of a path (`encodeURIComponent`, Java's `URLEncoder`), and some end it with a slash.
 * Only what means the same by RFC 3986 is changed, and `$`: `%2F` is no slash, and `%2524` is no `%24`.
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
  // What is malformed stays so: it is refused where the path is read.
  const decoded = MALFORMED.test(path) ? path : path.replace(/%[0-9A-Fa-f]{2}/g, plainEscape);
  const isLong = decoded.length > 1 && decoded.endsWith('/');
  return (isLong ? decoded.slice(0, -1) : decoded) + (mark < 0 ? '' : url.slice(mark));
}

function plainEscape(escape: string): string {
  const character = String.fromCharCode(parseInt(escape.slice(1), 16));
  return PLAIN.test(character) ? character : escape;
}

/** Express chooses the route by `request.url`; `request.originalUrl` keeps what came. */
export function routeByPlainPath(request: Request, _response: Response, next: NextFunction): void {
  request.url = plainPath(request.url);
  next();
}
