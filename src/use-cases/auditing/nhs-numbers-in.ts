/**
 * Finds the NHS numbers in the path, the query or the form of a request, for its audit record. A request for a number
 * is recorded whether or not anything was found. Finds valid numbers anywhere, and any ten digits that have the NHS
 * number's system beside them.
 */
import type { Patients } from '../../definitions/patients';
import { isResource } from '../../fhir/types';
import { decodeEscapes } from '../../platform/decode-escapes';
import { isValidNhsNumber, withoutSpacesAndDashes } from '../../terminology/nhs-number';

const CANDIDATE = /(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])/g;
const NAMED = /nhs-number\|([\d\s\p{Pd}\u00ad\u2212]{10,40})/gu;

export function nhsNumbersIn(texts: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const text of texts) {
    if (text.length < 10) continue;
    for (const [match] of text.matchAll(CANDIDATE)) {
      const digits = match.replace(/[ -]/g, '');
      if (isValidNhsNumber(digits)) found.add(digits);
    }
    for (const [, match = ''] of text.matchAll(NAMED)) {
      const digits = withoutSpacesAndDashes(match);
      if (digits.length === 10) found.add(digits);
    }
    if (found.size > 50) break;
  }
  return found;
}

/** Marks where an Identifier can begin or end in a body, around the `system` that was found. */
const BEGINS = /[{}]|<identifier>|extension>/;
const ENDS = /[{}]|<\/identifier>/;
/** The largest body, in characters, that is parsed only to find the patients that it names. */
const MOST_PARSED = 1024 * 1024;
const QUOTED = /["'](\d{3}[ -]?\d{3}[ -]?\d{4})["']/g;

/**
 * Finds the NHS numbers in a body: a form, or FHIR in JSON or XML, where each number has its system beside it. Used for
 * bodies that the server refuses before reading them as FHIR.
 */
export function nhsNumbersInBody(body: string, patients: Pick<Patients, 'nhsNumbersIn'>): Set<string> {
  const ofPatients = nhsNumbersOfPatients(body, patients);
  if (ofPatients.length > 0) return new Set([...ofPatients, ...askedFor(body)]);
  const found = new Set([...nhsNumbersIn([decodedForm(body)]), ...askedFor(body)]);
  for (const { index } of body.matchAll(/\/nhs-number["']/g)) {
    const before =
      body
        .slice(Math.max(0, index - 300), index)
        .split(BEGINS)
        .at(-1) ?? '';
    const [after = ''] = body.slice(index, index + 300).split(ENDS);
    for (const [, match = ''] of `${before} ${after}`.matchAll(QUOTED)) found.add(match.replace(/[ -]/g, ''));
    if (found.size > 50) break;
  }
  return found;
}

/**
 * Of a Bundle that contains Patients, returns only their numbers. The Bundle is not about a relative or practitioner
 * whom it also names.
 */
function nhsNumbersOfPatients(
  body: string,
  { nhsNumbersIn: ofBundle }: Pick<Patients, 'nhsNumbersIn'>,
): string[] {
  if (!/^\s*\{/.test(body) || body.length > MOST_PARSED) return [];
  try {
    const value: unknown = JSON.parse(body);
    return isResource(value) ? ofBundle(value) : [];
  } catch {
    return [];
  }
}

/** A form that was sent as JSON: `{"identifier":"9990000018"}`. */
const FORM_IN_JSON = /"(?:[\w.:-]*identifier|nhs-number)"\s*:\s*"(\d{3}[ -]?\d{3}[ -]?\d{4})"/g;

/** Yields the numbers in conditions, in conditional references, and in the urls of Bundle entries. */
function* askedFor(body: string): Generator<string> {
  for (const [, match = ''] of decodeEscapes(body).matchAll(NAMED)) {
    const digits = withoutSpacesAndDashes(match);
    if (digits.length === 10) yield digits;
  }
  for (const [, match = ''] of body.matchAll(FORM_IN_JSON)) yield match.replace(/[ -]/g, '');
}

/** Decodes a form body; returns an empty text when the body is not a form. */
function decodedForm(body: string): string {
  if (/^\s*[{<]/.test(body)) return '';
  try {
    return decodeURIComponent(body.replaceAll('+', ' '));
  } catch {
    return body;
  }
}
