/** Checks whether a caller already has a version. @see https://hl7.org/fhir/R4/http.html#cread */
import type { Request } from 'express';
import fresh from 'fresh';

/**
 * By `If-None-Match`; where that is absent, by `If-Modified-Since`.
 * @param etag with or without its `W/`
 */
export function isFresh(
  { headers }: Pick<Request, 'headers'>,
  { etag, lastUpdated }: { etag: string; lastUpdated: Date },
): boolean {
  // Cache-Control is ignored: fetch adds no-cache to every conditional request, and it is meant for caches.
  const asked = {
    'if-none-match': headers['if-none-match'],
    'if-modified-since': headers['if-modified-since'],
  };
  return fresh(asked, { etag, 'last-modified': lastUpdated.toUTCString() });
}
