/** What the commands of the ledger share: their options for the public key and the anchored heads, and how they print faults. */
import { access, constants } from 'node:fs/promises';
import { openAnchor } from '../../engines/ledger/anchor';
import type { Fault } from '../../engines/ledger/fault';
import { readPublicKey } from '../../engines/ledger/keys';
import { readToEnd } from '../../platform/open-to-read';
import { failed, usageFault } from './command';

export const KEY = {
  value: 'FILE',
  meaning: 'the public key of the ledger that you saved (PEM, from homeward ledger key)',
  unlessGiven: 'the key that the database or the export holds',
} as const;

export const ANCHOR = {
  value: 'FILE',
  many: true,
  meaning:
    'a file of anchored heads, to detect that the end of the ledger was removed; give it once for the file of each node',
  unlessGiven: 'LEDGER_ANCHOR, and the heads that this node recorded in DATA_DIR',
} as const;

/** Null when the file contains no such key. */
export async function keyIn(path: string, stop?: AbortSignal): Promise<string | null> {
  const pem = (await readToEnd(path, stop).catch(() => '')).toString();
  stop?.throwIfAborted();
  return readPublicKey(pem) ? pem : null;
}

export const isReadable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/** True for a target that takes heads and cannot give them. */
export const isEndpoint = (target: string): boolean => /^https?:/i.test(target);

/** Says why nothing can be compared with a file that `--anchor` names. @returns the exit code then */
export async function anchorFault(targets: readonly string[], command: string): Promise<number | undefined> {
  for (const target of targets) {
    const fault = await faultOfAnchor(target, command);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

async function faultOfAnchor(target: string, command: string): Promise<number | undefined> {
  if (isEndpoint(target))
    return usageFault('--anchor needs a file: a copy of the heads that the address took.', command);
  const anchor = openAnchor(target);
  if (!(await isReadable(anchor.name))) return failed(`${anchor.name} cannot be read.`, 66);
  if ((await anchor.heads()).length > 0) return undefined;
  return failed(
    `${anchor.name} has no head of a ledger to compare with. Check that it is the right file.`,
    1,
  );
}

/** A number with what it counts. @param one for example `head`, for `1 head` and `2 heads` */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** A line for each fault that is listed, and one for the rest. */
export function faultLines({
  faults,
  faultCount,
}: {
  faults: readonly Fault[];
  faultCount: number;
}): string[] {
  const lines = faults.map(({ text, seal, record }) => {
    const place = [seal === undefined ? '' : `seal ${seal}`, record ? `${record.kind} ${record.id}` : ''];
    return `  - ${text} ${place.filter(Boolean).join(', ')}`.trimEnd();
  });
  return faultCount > faults.length ? [...lines, `  … and ${faultCount - faults.length} more`] : lines;
}
