/**
 * The summary that ships with Homeward, `examples/summary.json`: one demonstration stay with its last NEWS2 set, small
 * enough to be read. Written by `npm run example`; a test tells when it is no longer what is made here.
 */
import type { AnyResource } from '../fhir/types';
import { OBSERVATIONS_PER_SET } from './observations';
import { stay } from './stay';
import { summaryOf } from './summary';

/** No seed that a demonstration is likely to be run with, so that the two never send different summaries of one stay. */
const SEED = 20_230_404;
const INDEX = 11;

export function exampleSummary(): AnyResource {
  return summaryOf(stay(SEED, INDEX), { observations: OBSERVATIONS_PER_SET });
}

/** As it stands in the file. */
export function exampleText(): string {
  return `${JSON.stringify(exampleSummary(), null, 2)}\n`;
}
