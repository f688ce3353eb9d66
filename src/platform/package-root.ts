/** The folder that contains package.json, migrations/, openapi/ and examples/: above `src`, or above `dist/src`. */
import { dirname, join } from 'node:path';

export function packageRoot(): string {
  const above = join(__dirname, '..', '..');
  return above.endsWith('dist') ? dirname(above) : above;
}
