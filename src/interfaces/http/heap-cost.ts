/**
 * Estimates how much JavaScript heap a body and an answer need while they are processed, in bytes.
 *
 * It was measured as the smallest `--max-old-space-size` with which a server accepts one body of 5 MB, less the 50 MB
 * that an ordinary summary needs. One PDF needed 25 MB; 4,700 Observations 65 MB; 330,000 members that FHIR does not
 * define, with a fault for each, 75 MB. So each byte counts, and each mark that begins or separates a value counts
 * more, up to a factor that no measured body exceeded.
 */
import { getHeapStatistics } from 'node:v8';
import { BYTES_OF_SLICE, type Slices } from '../../fhir/slices';
import { inFlight, type InFlight } from '../../platform/in-flight';

const HEAP_PER_BYTE = 6;
const HEAP_PER_VALUE = 60;
const MOST_HEAP_PER_BYTE = 20;
/** Counts the text of each resource, the text of the whole answer, and its bytes. */
const HEAP_PER_ANSWER_BYTE = 2;

const MARK_CODES = [...'",{[<'].map((mark) => mark.charCodeAt(0));
const MARKS = new Uint8Array(256);
for (const code of MARK_CODES) MARKS[code] = 1;

/** After so many bytes without a mark there are probably many more, as in the base64 of a document. */
const LONG_RUN = 256;

/** @returns bytes of the heap that parsing, checking and storing the body may take */
export function* weightOfBody(body: Buffer): Slices<number> {
  let values = 0;
  for (let start = 0; start < body.length; start += BYTES_OF_SLICE) {
    if (start > 0) yield;
    values += marksIn(body.subarray(start, start + BYTES_OF_SLICE));
  }
  return Math.min(HEAP_PER_BYTE * body.length + HEAP_PER_VALUE * values, MOST_HEAP_PER_BYTE * body.length);
}

/** How many marks there are. In a long run without any, the next is found by native code, which is faster. */
function marksIn(body: Buffer): number {
  const next = MARK_CODES.map(() => -1);
  const placeOfNext = (from: number): number => {
    let first = body.length;
    for (const [which, code] of MARK_CODES.entries()) {
      // What was found before is not searched again, so the whole body is searched once at most for each mark.
      if (next[which]! < from) {
        const found = body.indexOf(code, from);
        next[which] = found < 0 ? Infinity : found;
      }
      first = Math.min(first, next[which]!);
    }
    return first;
  };
  let marks = 0;
  let last = 0;
  for (let index = 0; index < body.length; index += 1) {
    if (MARKS[body[index]!] === 1) {
      marks += 1;
      last = index;
    } else if (index - last === LONG_RUN) {
      last = placeOfNext(index);
      index = last - 1;
    }
  }
  return marks;
}

/** The heap that the server itself needs, including the definitions. */
const OWN_HEAP = 56 * 1024 * 1024;

/** The heap that requests may use at one time. The rest is left for their garbage. */
export function memoryForRequests(heapLimit = getHeapStatistics().heap_size_limit): InFlight {
  return inFlight(Math.max(16 * 1024 * 1024, Math.floor(0.75 * (heapLimit - OWN_HEAP))));
}

export const weightOfAnswer = (bytes: number): number => HEAP_PER_ANSWER_BYTE * bytes;
