/** Writes to the first stream of a pipeline, and waits while it is full. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * @param done the end of the pipeline. Its error ends the waiting
 * @returns writes a text. @throws the error of the pipeline
 */
export function waitingWriter(stream: Writable, done: Promise<void>): (text: string) => Promise<void> {
  // Everything that waits for `done` itself is kept until the end of the pipeline: only one may.
  const ending = new AbortController();
  done.catch(() => ending.abort());
  return async (text) => {
    if (stream.write(text)) return;
    try {
      await once(stream, 'drain', { signal: ending.signal });
    } catch (error) {
      await done;
      throw error;
    }
  };
}
