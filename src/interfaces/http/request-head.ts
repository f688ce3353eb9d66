/** Reads the head of a request: its query, its preferences, its request id. Every value is checked before use. */
import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { refused, type Preferences } from './request-context';

/** The query's pairs in order, repeats kept; `+` is a space. Malformed escapes are a fault of the caller. */
export function queryOf(url: string): [string, string][] {
  const mark = url.indexOf('?');
  return mark < 0 ? [] : pairsOf(url.slice(mark + 1));
}

/** The pairs of a query string or of a form (application/x-www-form-urlencoded). */
export function pairsOf(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    pairs.push([unescape(name), unescape(value)]);
  }
  return pairs;
}

function unescape(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    if (!decoded.includes('\u0000')) return decoded;
  } catch {
    // falls through to the refusal
  }
  throw refused('bad-request', {
    code: 'invalid',
    rule: 'http-query',
    text: 'The query has an escape that is not UTF-8 text. Percent-encode each byte of the UTF-8 text.',
  });
}

/** `Prefer`, which may come several times and with several preferences. @see RFC 7240 */
export function preferencesOf(request: Request): Preferences {
  const prefer: Preferences = {};
  for (const part of String(request.headers.prefer ?? '').split(/[,;]/)) {
    const [name, value] = part.split('=').map((piece) => piece.trim().replace(/^"|"$/g, ''));
    if (
      name === 'return' &&
      (value === 'minimal' || value === 'representation' || value === 'OperationOutcome')
    ) {
      prefer.return = value;
    }
    if (name === 'handling' && (value === 'strict' || value === 'lenient')) prefer.handling = value;
  }
  return prefer;
}

/** The caller's request id if it has a valid form; otherwise a new one. */
export function requestIdOf(request: Request): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** The `X-Correlation-ID` to repeat, if it contains only characters that are safe in a header and a log. */
export function correlationIdOf(request: Request): string | undefined {
  const given = request.headers['x-correlation-id'];
  return typeof given === 'string' && /^[\x21-\x7e]{1,256}$/.test(given) ? given : undefined;
}
