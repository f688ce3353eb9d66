import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from '../../platform/wait-at-most';
import { fsCall, openToRead, readSmallFile, writeDurably } from './file-system';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeward-file-system-'));
  execFileSync('mkfifo', [at('pipe')]);
});
afterEach(() => {
  try {
    // A call that waits for the other end of the pipe ends now.
    closeSync(openSync(at('pipe'), constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // None waits.
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Undefined too when it does not end within 2 seconds, which `ended` tells. */
async function bounded<T>(work: Promise<T>): Promise<{ ended: boolean; value?: T; code?: unknown }> {
  let end: { ended: boolean; value?: T; code?: unknown } = { ended: false };
  const noted = work.then(
    (value) => (end = { ended: true, value }),
    (error: { code?: unknown }) => (end = { ended: true, code: error.code }),
  );
  await within(noted, 2_000);
  return end;
}

describe('a small file is read', () => {
  it('when it is a file of at most so many bytes', async () => {
    writeFileSync(at('file'), 'four');
    expect(await bounded(readSmallFile(at('file'), 4))).toEqual({ ended: true, value: Buffer.from('four') });
    expect(await bounded(readSmallFile(at('file'), 3))).toEqual({ ended: true, value: undefined });
  });

  it('and not when it is a pipe, a folder, a link or a very large file', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('large'), '');
    truncateSync(at('large'), 20_000_000_000);
    symlinkSync(at('pipe'), at('link'));
    for (const name of ['pipe', 'folder', 'large'])
      expect(await bounded(readSmallFile(at(name), 1_000))).toEqual({ ended: true, value: undefined });
    expect(await bounded(readSmallFile(at('link'), 1_000))).toEqual({ ended: true, code: 'ELOOP' });
    expect(await bounded(openToRead(at('link')))).toEqual({ ended: true, code: 'ELOOP' });
  });
});

describe('a file is written', () => {
  it('in the place of a link or a pipe, and not through it', async () => {
    writeFileSync(at('elsewhere'), 'before');
    symlinkSync(at('elsewhere'), at('link'));
    symlinkSync(at('pipe'), at('to-a-pipe'));
    for (const name of ['link', 'to-a-pipe']) {
      expect(await bounded(writeDurably(at(name), 'after'))).toEqual({ ended: true, value: undefined });
      expect(readFileSync(at(name), 'utf8')).toBe('after');
    }
    expect(readFileSync(at('elsewhere'), 'utf8')).toBe('before');
  });
});

describe('calls', () => {
  it('that hang leave threads to the rest of the server: two run at one time', async () => {
    let begun = 0;
    const ends: (() => void)[] = [];
    const calls = [1, 2, 3, 4, 5].map(() =>
      fsCall(() => {
        begun += 1;
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await new Promise(setImmediate);
    expect(begun).toBe(2);
    ends.shift()?.();
    await new Promise(setImmediate);
    expect(begun).toBe(3);
    while (begun < 5 || ends.length > 0) {
      ends.shift()?.();
      await new Promise(setImmediate);
    }
    await Promise.all(calls);
  });
});
