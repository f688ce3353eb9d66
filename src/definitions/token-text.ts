/**
 * How tokens are written in the `text[]` columns: `system|code`, with pipes and backslashes inside a part escaped, and
 * a long part shortened. Stored and asked tokens and business keys are all put together from these parts. Two kinds of
 * value compare without case: ODS codes (`rr8` is `RR8`), and addresses that begin with `urn:uuid:` or `urn:oid:`.
 */
import { isOdsSystem, odsCodeInCapitals } from '../terminology/ods';
import { indexable } from './indexable';

export function escapeToken(text: string): string {
  const one = urnInLowerCase(text);
  return indexable(one.includes('|') || one.includes('\\') ? one.replace(/[\\|]/g, '\\$&') : one);
}

/** A value in the form in which it is compared, together with its system. */
export function valueWithin(system: string, value: string): string {
  return isOdsSystem(system) ? odsCodeInCapitals(value) : value;
}

/** `system|value` of an identifier or a code. */
export function tokenPair(system: string, value: string): string {
  return `${escapeToken(system)}|${escapeToken(valueWithin(system, value))}`;
}

/** `urn:uuid:` and `urn:oid:` name the same thing in capitals and small letters (RFC 8141, RFC 9562). */
export function urnInLowerCase(text: string): string {
  return /^urn:(?:uuid|oid):/i.test(text) ? text.replace(/^[^|]*/, (address) => address.toLowerCase()) : text;
}
