/**
 * Opens a file that a command line names, so that a signal ends the reading. The open of a named pipe waits in a thread
 * for a writer, and a process cannot end while one of its threads waits. So a pipe is opened without waiting.
 */
import { constants, createReadStream, open } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';

/** @param stop ends the stream with an error */
export async function openToRead(path: string, stop?: AbortSignal): Promise<Readable> {
  return endedBy(stop, (await pipeAt(path)) ?? createReadStream(path));
}

/** All bytes of the file. @throws when it cannot be read, or was stopped */
export async function readToEnd(path: string, stop?: AbortSignal): Promise<Buffer> {
  const pipe = await pipeAt(path);
  return pipe ? buffer(endedBy(stop, pipe)) : readFile(path, stop ? { signal: stop } : {});
}

export const endedBy = (stop: AbortSignal | undefined, stream: Readable): Readable =>
  stop ? addAbortSignal(stop, stream) : stream;

/** Undefined when it is no named pipe. */
async function pipeAt(path: string): Promise<Readable | undefined> {
  if (!(await stat(path)).isFIFO()) return undefined;
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
