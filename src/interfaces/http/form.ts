/** Reads the parameters of a POST from a form in its body. */
import { type RequestContext, refused } from './request-context';
import { pairsOf } from './request-head';

/** @throws Refused (415) when the body is not a form */
export function formOf(body: Buffer, { request }: Pick<RequestContext, 'request'>): [string, string][] {
  const contentType = request.headers['content-type'] ?? '';
  if (body.length > 0 && !/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    throw refused('unsupported-media-type', {
      code: 'not-supported',
      rule: 'http-content-type',
      text: 'The Content-Type of a search is not supported. Send application/x-www-form-urlencoded.',
    });
  }
  return pairsOf(body.toString('utf8'));
}
