/**
 * Estimates how much JavaScript heap a body and an answer need while they are processed, in bytes.
 *
 * It was measured as the smallest `--max-old-space-size` with which a server accepts one body of 5 MB, less the 50 MB
 * that an ordinary summary needs. One PDF needed 25 MB; 4,700 Observations 65 MB; 330,000 members that FHIR does not
 * define, with a fault for each, 75 MB. So each byte counts, and each mark that begins or separates a value counts
 * more, up to a factor that no measured body exceeded.
 */
import { getHeapStatistics } from 'node:v8';
import { inFlight, type InFlight } from '../../platform/in-flight';

const HEAP_PER_BYTE = 6;
const HEAP_PER_VALUE = 60;
const MOST_HEAP_PER_BYTE = 20;
/** Counts the text of each resource, the text of the whole answer, and its bytes. */
const HEAP_PER_ANSWER_BYTE = 2;

const MARKS = new Uint8Array(256);
for (const mark of '",{[<') MARKS[mark.charCodeAt(0)] = 1;

/** @returns bytes of the heap that parsing, checking and storing the body may take */
export function weightOfBody(body: Buffer): number {
  let values = 0;
  for (let index = 0; index < body.length; index += 1) values += MARKS[body[index]!]!;
  return Math.min(HEAP_PER_BYTE * body.length + HEAP_PER_VALUE * values, MOST_HEAP_PER_BYTE * body.length);
}

/** The heap that the server itself needs, including the definitions. */
const OWN_HEAP = 56 * 1024 * 1024;

/** The heap that requests may use at one time. The rest is left for their garbage. */
export function memoryForRequests(heapLimit = getHeapStatistics().heap_size_limit): InFlight {
  return inFlight(Math.max(16 * 1024 * 1024, Math.floor(0.75 * (heapLimit - OWN_HEAP))));
}

export const weightOfAnswer = (bytes: number): number => HEAP_PER_ANSWER_BYTE * bytes;
