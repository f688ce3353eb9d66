/**
 * The forms of FHIR's primitive types, one check each: given a JSON value, what is wrong with it, or nothing. Every
 * check is linear in the length of the text, whatever the text. The sentences never repeat the value.
 * @see https://hl7.org/fhir/R4/datatypes.html#primitive
 */
import { isUuidUrn, UUID } from '../../../fhir/uuid';
import { decodeBase64 } from '../../../fhir/attachment';
import { isMarked, isNumber, numberText } from '../../../fhir/decimal';
import type { Json } from '../../../fhir/types';
import { fitsInstant, isTimeOfDay, parseDate } from '../../../fhir/r4/dates';

/** What is wrong with a value: of the wrong JSON type, or of the right one and badly formed. */
export interface PrimitiveFault {
  rule: 'r4-type' | 'r4-value' | 'r4-cardinality';
  text: string;
  isWarning?: true;
}
export type PrimitiveCheck = (value: Json) => PrimitiveFault | undefined;

/** R4 allows a string a megabyte. */
const MAX_STRING_LENGTH = 1024 * 1024;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const OID = /^urn:oid:[0-2](\.(0|[1-9]\d{0,40})){1,60}$/;
/** R4 writes the values of the type uuid in lower case. */
const LOWER_CASE_URN = new RegExp(`^urn:uuid:${UUID}$`);
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** True of a URL, URN or other URI with a scheme. */
export function isAbsolute(uri: string): boolean {
  return SCHEME.test(uri);
}

const wrongType = (text: string): PrimitiveFault => ({ rule: 'r4-type', text });
const wrongValue = (text: string): PrimitiveFault => ({ rule: 'r4-value', text });

const string: PrimitiveCheck = (value) => {
  if (!isText(value)) return wrongType('Send a JSON string.');
  if (value === '') {
    return {
      rule: 'r4-cardinality',
      text: 'An empty string is not allowed. If there is no value, leave the element out.',
    };
  }
  if (hasControlCharacter(value)) {
    return wrongValue(
      'The text contains a control character. Only tab, line feed and carriage return are allowed.',
    );
  }
  if (value.length > MAX_STRING_LENGTH)
    return wrongValue('The text is longer than the 1 MB that R4 allows a string.');
  return undefined;
};

const freeText: PrimitiveCheck = (value) => {
  const fault = string(value);
  if (fault) return fault;
  if ((value as string).charCodeAt(0) <= 32 && (value as string).trim() === '') {
    return {
      ...wrongValue('The text is only white space. If there is no value, leave the element out.'),
      isWarning: true,
    };
  }
  return undefined;
};

const uri: PrimitiveCheck = (value) => {
  const fault = string(value);
  if (fault) return fault;
  const text = value as string;
  if (/\s/.test(text)) return wrongValue('A URI cannot contain white space.');
  if (text.startsWith('urn:uuid:') && !isUuidUrn(text.replace(/[#|].*$/s, ''))) {
    return wrongValue('There is no UUID after urn:uuid:. Send hexadecimal digits in groups of 8-4-4-4-12.');
  }
  if (text.startsWith('urn:oid:') && !OID.test(text)) {
    return wrongValue(
      'There is no OID after urn:oid:. Send whole numbers separated by dots. The first must be 0, 1 or 2.',
    );
  }
  if (/^(oid|uuid):/.test(text))
    return wrongValue('An OID or UUID as a URI begins with urn:oid: or urn:uuid:.');
  return undefined;
};

const canonical: PrimitiveCheck = (value) => {
  const fault = uri(value);
  if (fault) return fault;
  const text = value as string;
  if (isAbsolute(text) || text.startsWith('#')) return undefined;
  return wrongValue(
    'A canonical URL is absolute (https://…), or is # followed by the id of a contained resource.',
  );
};

const dateForm = (
  needs: string,
  fits: (date: Exclude<ReturnType<typeof parseDate>, string>) => boolean,
): PrimitiveCheck => {
  const form = wrongValue(needs);
  return (value) => {
    if (!isText(value)) return wrongType('Send the date as a JSON string.');
    if (value === '') return string(value);
    const date = parseDate(value);
    if (date === 'not-real')
      return wrongValue(
        'This date or time does not exist: its month, day, hour, minute or offset is out of range.',
      );
    if (date === 'form' || !fits(date)) return form;
    return undefined;
  };
};

const integer =
  (minimum: number, needs: string): PrimitiveCheck =>
  (value) => {
    if (!isNumber(value)) return wrongType(`Send ${needs}, without quotation marks.`);
    const text = numberText(value);
    const number = Number(text);
    if (!/^-?(0|[1-9]\d*)$/.test(text) || number < minimum || number > 2147483647) {
      return wrongValue(`Send ${needs}, without a fraction or an exponent, and no more than 2147483647.`);
    }
    return undefined;
  };

const checks: Readonly<Record<string, PrimitiveCheck>> = {
  string: freeText,
  markdown: freeText,
  xhtml: string,
  uri,
  url: uri,
  canonical,
  oid: (value) =>
    string(value) ??
    (OID.test(value as string)
      ? undefined
      : wrongValue('An OID is urn:oid: followed by numbers separated by dots.')),
  uuid: (value) =>
    string(value) ??
    (LOWER_CASE_URN.test(value as string)
      ? undefined
      : wrongValue(
          'A UUID is urn:uuid: followed by hexadecimal digits in groups of 8-4-4-4-12, in lower case.',
        )),
  id: (value) =>
    string(value) ??
    (ID.test(value as string)
      ? undefined
      : wrongValue('An id has 1 to 64 characters. Use only A to Z, a to z, 0 to 9, hyphen and full stop.')),
  code: (value) => {
    const fault = string(value);
    if (fault) return fault;
    const text = value as string;
    return text.trim() !== text || /\s\s/.test(text)
      ? wrongValue('A code has no spaces at the start or end, and only single spaces inside.')
      : undefined;
  },
  boolean: (value) =>
    typeof value === 'boolean' ? undefined : wrongType('Send true or false, without quotation marks.'),
  decimal: (value) => (isNumber(value) ? undefined : wrongType('Send a number, without quotation marks.')),
  integer: integer(-2147483648, 'a whole number'),
  unsignedInt: integer(0, 'a whole number of 0 or more'),
  positiveInt: integer(1, 'a whole number of 1 or more'),
  date: dateForm('A date is written YYYY, YYYY-MM or YYYY-MM-DD.', (date) => date.precision !== 'time'),
  dateTime: dateForm(
    'A dateTime is written YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00.',
    (date) => date.precision !== 'time' || date.hasZone,
  ),
  instant: dateForm(
    'An instant is written YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00.',
    fitsInstant,
  ),
  time: (value) =>
    !isText(value)
      ? wrongType('Send the time as a JSON string.')
      : isTimeOfDay(value)
        ? undefined
        : wrongValue('A time is written hh:mm:ss, without a time zone.'),
  base64Binary: (value) => {
    if (!isText(value)) return wrongType('Send base64 as a JSON string.');
    if (value === '') return string(value);
    if (decodeBase64(value)) return undefined;
    return wrongValue(
      'This is not base64. Send groups of four characters from A-Z, a-z, 0-9, + and /, padded with = at the end.',
    );
  },
};

/** The check of a primitive type. */
export function primitiveCheck(code: string): PrimitiveCheck {
  return checks[code] ?? string;
}

/** True of a JSON string that is not a number carried as text. */
function isText(value: Json): value is string {
  return typeof value === 'string' && !isMarked(value);
}

/** Characters below U+0020 that FHIR forbids. */
function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 32 && unit !== 9 && unit !== 10 && unit !== 13) return true;
  }
  return false;
}
