/**
 * Finds the patients in the body of a request that was refused before it was processed. The audit record names the
 * patients of every attempt.
 */
import type { Patients } from '../../definitions/patients';
import { idsIn } from '../../engines/store/owners';
import { nhsNumbersInBody } from '../../use-cases/auditing/nhs-numbers-in';

/** How many bytes of such a body are searched. */
export const MOST_OF_A_REFUSED_BODY = 1024 * 1024;

/** The NHS numbers that a body names, and the server's ids in it: for the notes of its request. */
export function namedIn(
  body: Buffer,
  patients: Pick<Patients, 'nhsNumbersIn'>,
): { nhsNumbers: Set<string>; ids: string[] } {
  const text = withoutReferences(body.subarray(0, MOST_OF_A_REFUSED_BODY).toString('utf8'));
  return { nhsNumbers: nhsNumbersInBody(text, patients), ids: idsIn([text]) };
}

/** `&#57;`, `&#x39;` and, in JSON, `\u0039`: another spelling of one character. */
const REFERENCE = /&#(?:x0*([0-9a-f]{1,6})|0*(\d{1,7}));|\\u00([0-9a-f]{2})/gi;
/** The characters of numbers, ids and systems. A quotation mark or bracket that is spelled so stays as it is. */
const PLAIN = /[\w :/.|-]/;

/** The text with its characters as a parser of XML or JSON reads them. */
function withoutReferences(text: string): string {
  return text.replace(REFERENCE, (whole, inHex: string | undefined, decimal: string | undefined, inJson) => {
    const code = decimal === undefined ? parseInt(inHex ?? String(inJson), 16) : Number(decimal);
    const character = code < 0x80 ? String.fromCharCode(code) : '';
    return PLAIN.test(character) ? character : whole;
  });
}
