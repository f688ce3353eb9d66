/**
 * The text of a body that nobody has read as JSON or XML, for what is only looked for in it: in UTF-8 or UTF-16, with
 * the characters that are spelled by references or escapes.
 */

/** `&#57;`, `&#x39;` and, in JSON, `\u0039` or `\t`: another spelling of one character. */
const REFERENCE = /&#(?:x0*([0-9a-f]{1,6})|0*(\d{1,7}));|\\u([0-9a-f]{4})|\\([tnrf])/gi;
const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
/** What delimits values. A quotation mark or bracket that is spelled so stays as it is. */
const DELIMITER = /[\0"'<>&{}[\]\\]/;

export function textOfBody(bytes: Buffer): string {
  return withoutReferences(decoded(bytes));
}

function decoded(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (second === 0 && first !== 0)) return bytes.toString('utf16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)) {
    const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
    return Buffer.from(even).swap16().toString('utf16le');
  }
  return bytes.toString('utf8');
}

/** The text with its characters as a parser of XML or JSON reads them. */
function withoutReferences(text: string): string {
  return text.replace(
    REFERENCE,
    (whole, inHex?: string, decimal?: string, inJson?: string, escaped?: string) => {
      if (escaped !== undefined) return ESCAPED[escaped] ?? whole;
      const code = decimal === undefined ? parseInt(inHex ?? String(inJson), 16) : Number(decimal);
      const character = code <= 0xffff ? String.fromCharCode(code) : '';
      return character === '' || DELIMITER.test(character) ? whole : character;
    },
  );
}
