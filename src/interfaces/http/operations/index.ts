/** Every operation, in the order in which the CapabilityStatement names those of a type. */
import { docref } from './docref';
import { document } from './document';
import { everything } from './everything';
import { lastn } from './lastn';
import { match } from './match';
import type { Operation } from './operation';
import { processMessage } from './process-message';
import { summary } from './summary';
import { validate } from './validate';

export const operations: readonly Operation[] = [
  processMessage,
  validate,
  everything,
  match,
  lastn,
  docref,
  document,
  summary,
];
