import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { waitingWriter } from './waiting-writer';

describe('a writer that waits', () => {
  it('leaves nothing behind, however often the stream was full', async () => {
    const stream = new PassThrough({ writableHighWaterMark: 1, readableHighWaterMark: 1 });
    const read: string[] = [];
    const done = pipeline(stream, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) read.push(piece.toString());
    });
    const waiting = jest.spyOn(done, 'then');
    const write = waitingWriter(stream, done);
    const counts = (): number[] => ['drain', 'error', 'close'].map((event) => stream.listenerCount(event));
    const before = counts();
    for (let index = 0; index < 1_000; index += 1) await write(`${index},`);
    expect(counts()).toEqual(before);
    expect(waiting.mock.calls.length).toBeLessThan(3);
    stream.end();
    await done;
    expect(read.join('').split(',')).toHaveLength(1_001);
  });

  it('throws the error of the pipeline, while it waits and after that', async () => {
    const stream = new PassThrough({ writableHighWaterMark: 1, readableHighWaterMark: 1 });
    const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const done = pipeline(stream, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) if (piece.length > 0) throw full;
    });
    const write = waitingWriter(stream, done);
    const writes = async (): Promise<never> => {
      for (;;) await write('some text');
    };
    await expect(writes()).rejects.toBe(full);
    await expect(write('more')).rejects.toBe(full);
  });
});
