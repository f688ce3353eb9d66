/**
 * Escapes of search values: `\,` `\|` `\$` `\\` mean the character itself.
 * @see https://hl7.org/fhir/R4/search.html#escaping
 */

/** Splits at a separator that is not escaped. The parts keep their escapes. */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  if (!text.includes('\\')) return text.split(separator);
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && index + 1 < text.length) {
      part += character + text.charAt(index + 1);
      index += 1;
    } else if (character === separator) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  parts.push(part);
  return parts;
}

/** The text without its escapes. A backslash before any other character stays. */
export function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,|$\\])/g, '$1') : text;
}
