/**
 * Text as XML writes it. Characters that XML 1.0 cannot carry at all (most control characters, half surrogates,
 * U+FFFE, U+FFFF), which FHIR forbids in JSON too, become U+FFFD, so that one bad character does not cost the answer.
 * @see https://www.w3.org/TR/xml/#charsets
 */
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

// eslint-disable-next-line no-control-regex -- they are what is looked for
const NEEDS_CARE = /[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]/;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;

/** For between double quotes: line breaks and tabs are escaped, or reading would make spaces of them. */
export function escapeAttribute(text: string): string {
  return NEEDS_CARE.test(text)
    ? xmlCharacters(text).replace(/[&<>"\t\n\r]/g, (found) => ESCAPES[found] ?? found)
    : text;
}

/** For between tags. */
export function escapeText(text: string): string {
  return NEEDS_CARE.test(text)
    ? xmlCharacters(text).replace(/[&<>\r]/g, (found) => ESCAPES[found] ?? found)
    : text;
}

export function xmlCharacters(text: string): string {
  return text.replace(NOT_XML, '\ufffd');
}
