/** The checksums of the migrations: as they are, and as `migrations/checksums.json` lists them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, root, textOf } from './sources';

const LIST = 'migrations/checksums.json';

/** @returns SHA-256 by file name, such as `0001_server_tables.sql`; line ends of another system change nothing */
export function checksums(): { listed: Record<string, string>; now: Record<string, string> } {
  const now = filesIn('migrations', '.sql').map((path) => {
    const sum = createHash('sha256').update(textOf(path).replaceAll('\r\n', '\n')).digest('hex');
    return [path.slice('migrations/'.length), sum];
  });
  const listed = existsSync(join(root, LIST)) ? JSON.parse(textOf(LIST)) : {};
  return { listed: listed as Record<string, string>, now: Object.fromEntries(now) };
}
