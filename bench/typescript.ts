/** How the benchmark's processes load TypeScript: as the tests' own do, so that nothing needs to be built first. */
import { join } from 'node:path';

/** Arguments of `node`, before the file. */
export const TYPESCRIPT: readonly string[] = [
  '-r',
  join(__dirname, '..', 'test', 'support', 'register-typescript.js'),
];
