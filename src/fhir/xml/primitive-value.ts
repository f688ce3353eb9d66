/**
 * The JSON value for the text of an XML `value` attribute: numbers and booleans become what they are, with a
 * decimal's digits kept; text that is no legal value of its type stays a string, for the structure check to report.
 * @see https://hl7.org/fhir/R4/datatypes.html#primitive
 */
import { numberOf } from '../decimal';
import { isReadableNumber } from '../json/scan-json';

export function primitiveValue(type: string, text: string): boolean | number | string {
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'decimal':
      return isReadableNumber(text) ? numberOf(text) : text;
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return integerValue(text);
    default:
      return text;
  }
}

/** A leading plus, which XML may have and JSON may not, is left out. */
function integerValue(text: string): number | string {
  const digits = /^\+[0-9]/.test(text) ? text.slice(1) : text;
  return /^-?(?:0|[1-9][0-9]*)$/.test(digits) && isReadableNumber(digits) ? numberOf(digits) : text;
}
