/** Whether a caller has a version already. @see https://hl7.org/fhir/R4/http.html#cread */
import type { Request } from 'express';

/**
 * By `If-None-Match`; where that is absent, by `If-Modified-Since`.
 * @param etag with or without its `W/`
 */
export function isFresh(
  { headers }: Pick<Request, 'headers'>,
  { etag, lastUpdated }: { etag: string; lastUpdated: Date },
): boolean {
  const match = headers['if-none-match'];
  if (match !== undefined) {
    const own = etag.replace(/^W\//, '');
    return match.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === own);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(lastUpdated.getTime() / 1000) * 1000 <= since;
}
