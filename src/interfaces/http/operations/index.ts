/** Every operation. Made from the files of this folder by: npm run docs:operations */
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
  docref,
  document,
  everything,
  lastn,
  match,
  processMessage,
  summary,
  validate,
];
