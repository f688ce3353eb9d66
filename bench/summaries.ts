/** The summaries that are sent: demo stays with a PDF of 300 kB and 45 Observations, as JSON. */
import { stay } from '../src/demo/stay';
import { summaryOf } from '../src/demo/summary';

/** No seed of a demonstration or of another benchmark. */
export const SEED = 4_104;
export const OBSERVATIONS = 45;
const PDF_BYTES = 300_000;

/** @param first the number of the first stay */
export function summaryBodies(first: number, count: number, observations = OBSERVATIONS): Buffer[] {
  return Array.from({ length: count }, (_, i) => {
    const summary = summaryOf(stay(SEED, first + i), { pdf: 'sample', pdfBytes: PDF_BYTES, observations });
    return Buffer.from(JSON.stringify(summary));
  });
}
