/**
 * Finds the NHS numbers in a body: a form, or FHIR in JSON or XML, where each number has its system beside it or a
 * search asks for it. Used for bodies that the server refuses before reading them as FHIR, or that are not whole.
 */
import type { Patients } from '../../definitions/patients';
import type { Slices } from '../../fhir/slices';
import { isResource } from '../../fhir/types';
import { decodeEscapes } from '../../platform/decode-escapes';
import { digitsOf, OF_A_NUMBER, tenDigitsIn } from '../../terminology/nhs-number';
import { afterTheSystem, lookedAtIn, nhsNumbersIn } from './nhs-numbers-in';

/** More than a record of a refused request names, so that the record says that there were more. */
const MOST = 201;
/** The largest body, in characters, that is parsed only to find the patients that it names. */
const MOST_PARSED = 1024 * 1024;

/**
 * In slices, because a body can be made of what is nearly a number.
 * @param body the text of the body, from `textOfBody`
 */
export function* nhsNumbersInBody(
  body: string,
  patients: Pick<Patients, 'nhsNumbersIn'>,
): Slices<Set<string>> {
  const decoded = decodeEscapes(body);
  yield;
  const texts = decoded === body ? [body] : [body, decoded];
  const found = new Set(nhsNumbersOfPatients(body, patients));
  yield;
  const isBundleOfPatients = found.size > 0;
  for (const text of texts) yield* addFirst(askedFor(text), found);
  if (isBundleOfPatients) return found;
  // What is neither JSON nor XML is a form.
  if (!/^\s*[{<]/.test(body)) yield* addFirst(lookedAtIn(decoded), found);
  for (const text of texts) yield* addFirst(besideTheSystem(text), found);
  return found;
}

/** So many are looked at in some tenths of a millisecond. */
const LOOKED_AT_ONCE = 100;

function* addFirst(lookedAt: Iterable<string | undefined>, found: Set<string>): Slices<void> {
  let count = 0;
  for (const each of lookedAt) {
    if (found.size >= MOST) return;
    if (each !== undefined) found.add(each);
    if ((count += 1) % LOOKED_AT_ONCE === 0) yield;
  }
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

/** A form that was sent as JSON: `{"identifier":"9990000018"}`, or with the number as a number. */
const FORM_IN_JSON = new RegExp(`"(?:[\\w.:-]*identifier|nhs-number)"\\s*:\\s*"?(${OF_A_NUMBER}*)`, 'gu');
/** A condition, or the url of an entry: `Patient?identifier=9990000018`. */
const CONDITION = /(?:identifier|nhs-number)(?::[\w-]{1,20})?=([^"'&<>]*)/g;

/** Yields the numbers in conditions, in conditional references, and in the urls of Bundle entries. */
function* askedFor(text: string): Generator<string> {
  yield* afterTheSystem(text);
  for (const [, spelled = ''] of text.matchAll(FORM_IN_JSON)) {
    const digits = digitsOf(spelled);
    if (digits.length === 10) yield digits;
  }
  for (const [, value = ''] of text.matchAll(CONDITION)) yield* nhsNumbersIn([value]);
}

/** Marks where an Identifier can begin or end in a body, around the `system` that was found. */
const BEGINS = /[{}]|<identifier>|extension>/;
const ENDS = /[{}]|<\/identifier>/;
const LONGEST_END = '</identifier>'.length;
const AROUND = 300;

/** The ten digits of each Identifier with the system of the NHS number, as a text or as a number. */
function* besideTheSystem(text: string): Generator<string> {
  let begin = 0;
  let end = 0;
  let endsAtMark = false;
  for (const { index } of text.matchAll(/\/nhs-number["']/g)) {
    // A system beside another one makes the part that is looked at longer, so that none is looked at for each of many.
    if (index >= end) {
      yield* tenDigitsIn(text.slice(begin, end));
      const from = Math.max(endsAtMark ? end : 0, index - AROUND);
      begin = index - (text.slice(from, index).split(BEGINS).at(-1) ?? '').length;
      end = index;
    }
    // What was looked at before may have ended within a mark.
    const from = Math.max(index, end - LONGEST_END);
    const more = text.slice(from, index + AROUND);
    const mark = more.search(ENDS);
    endsAtMark = mark >= 0;
    end = from + (endsAtMark ? mark : more.length);
  }
  yield* tenDigitsIn(text.slice(begin, end));
}
