/**
 * Cleans a caller's text so that FHIR and PostgreSQL can store it: removes control characters and unpaired surrogates,
 * and limits the length. Returns undefined for an empty text, because FHIR has no empty strings, and for one that shows
 * nothing.
 */
import { hasVisibleText } from '../../platform/visible-text';

const UNFIT =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function cleanText(text: string | undefined, maxLength = 256): string | undefined {
  if (text === undefined) return undefined;
  const short = text.length > maxLength ? text.slice(0, maxLength) : text;
  const clean = short.replace(UNFIT, ' ').trim();
  return hasVisibleText(clean) ? clean : undefined;
}
