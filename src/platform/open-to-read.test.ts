/** A file or a named pipe that a command reads: to its end, or until the command is stopped. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openToRead, readToEnd } from './open-to-read';

const folder = mkdtempSync(join(tmpdir(), 'homeward-open-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let pipes = 0;
function newPipe(): string {
  const path = join(folder, `pipe-${(pipes += 1)}`);
  execFileSync('mkfifo', [path]);
  return path;
}

const ways: [string, (path: string, stop?: AbortSignal) => Promise<Buffer>][] = [
  ['readToEnd', readToEnd],
  ['openToRead', async (path, stop) => buffer(await openToRead(path, stop))],
];

describe.each(ways)('%s', (_name, read) => {
  it('reads a file', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'content');
    expect((await read(path)).toString()).toBe('content');
    await expect(read(`${path}-other`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(read(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('reads a named pipe whose writer comes later', async () => {
    const path = newPipe();
    const reading = read(path);
    const writer = await open(path, 'w');
    await writer.writeFile('a'.repeat(300_000));
    await writer.close();
    expect((await reading).toString()).toBe('a'.repeat(300_000));
  });

  it('is ended by a signal while nobody writes to the pipe', async () => {
    const stop = new AbortController();
    const reading = read(newPipe(), stop.signal);
    setImmediate(() => stop.abort());
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});
