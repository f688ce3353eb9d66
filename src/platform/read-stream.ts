/**
 * Takes the pieces of a stream one by one, as a `for await` does, at half of its cost: a body may come in millions of
 * pieces.
 */
import { finished, type Readable } from 'node:stream';

/**
 * The stream is left as it is where this fails: the caller resumes or destroys it.
 * @param take returns a promise where the next piece has to wait; the stream is paused meanwhile
 * @throws what `take` throws, and the error of a stream that breaks off
 */
export function eachPiece(
  stream: Readable,
  take: (piece: Buffer) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false as boolean;
    let waiting: Promise<void> | undefined;
    const end = (error?: unknown): void => {
      if (isOver) return;
      isOver = true;
      stream.off('data', onPiece);
      stream.off('end', end);
      forget();
      const settle = (): void => {
        if (error === undefined || error === null) resolve();
        else reject(error as Error);
      };
      // What takes a piece is not left behind at work.
      if (waiting) waiting.then(settle, settle);
      else settle();
    };
    const goOn = (): void => {
      waiting = undefined;
      if (!isOver) stream.resume();
    };
    const onPiece = (piece: Buffer): void => {
      if (isOver) return;
      try {
        waiting = take(piece);
        if (waiting === undefined) return;
        stream.pause();
        waiting.then(goOn, end);
      } catch (error) {
        stream.pause();
        end(error);
      }
    };
    // Also a stream that has ended or broken off before.
    const forget = finished(stream, { writable: false }, end);
    stream.on('end', end);
    stream.on('data', onPiece);
  });
}
