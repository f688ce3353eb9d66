import { Readable } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFlight } from '../../platform/in-flight';
import { bodyReader } from './body';
import { largeBodies, waitsForTurn, type TurnOptions } from './large-bodies';
import { watchUploads } from './upload-pace';

const MIB = 1024 * 1024;

/** A request whose body is in 64 parts. */
function requestOf(bytes: Buffer, headers: Record<string, string> = {}): IncomingMessage {
  const part = Math.ceil(bytes.length / 64);
  const parts = Array.from({ length: 64 }, (_, index) => bytes.subarray(index * part, (index + 1) * part));
  const length = { 'content-length': String(bytes.length) };
  return Object.assign(Readable.from(parts.filter(({ length: size }) => size > 0)), {
    headers: { ...length, ...headers },
    complete: false,
  }) as unknown as IncomingMessage;
}

const reader = (options: TurnOptions) =>
  bodyReader({ maxBodyBytes: 32 * MIB }, inFlight(512 * MIB), largeBodies(options));

const read = (bodies: ReturnType<typeof reader>, request: IncomingMessage) => {
  const hold = bodies.open();
  const body = bodies.read(request as never, hold);
  return { body, release: () => hold.release(), received: hold };
};

const large = (fill: string): Buffer => Buffer.alloc(2 * MIB, fill);
const still = Symbol('still waiting');
const soon = (body: Promise<Buffer>): Promise<Buffer | symbol> => Promise.race([body, sleep(50, still)]);

describe('large bodies', () => {
  it('wait for those before them to be answered, and are read whole', async () => {
    const bodies = reader({ bytesAtOnce: 3 * MIB });
    const first = read(bodies, requestOf(large('a')));
    expect((await first.body).equals(large('a'))).toBe(true);
    const request = requestOf(large('b'));
    const second = read(bodies, request);
    expect(await soon(second.body)).toBe(still);
    expect(waitsForTurn(request)).toBe(true);
    first.release();
    expect((await second.body).equals(large('b'))).toBe(true);
    expect(waitsForTurn(request)).toBe(false);
  });

  it('are read whole where their length is not known', async () => {
    const chunked = requestOf(large('c'));
    delete chunked.headers['content-length'];
    expect((await read(reader({}), chunked).body).equals(large('c'))).toBe(true);
  });

  it('do not hold up ordinary bodies', async () => {
    const bodies = reader({ bytesAtOnce: 3 * MIB });
    await read(bodies, requestOf(large('a'))).body;
    expect((await read(bodies, requestOf(Buffer.alloc(MIB, 'b'))).body).length).toBe(MIB);
  });

  it('go on without a turn after a long wait', async () => {
    const bodies = reader({ bytesAtOnce: 3 * MIB, longestWait: 100 });
    await read(bodies, requestOf(large('a'))).body;
    expect((await read(bodies, requestOf(large('b'))).body).equals(large('b'))).toBe(true);
  });

  it('lose their turn when they come slowly', async () => {
    const bodies = reader({ bytesAtOnce: 3 * MIB, timeToReceive: 100 });
    const slow = Object.assign(
      Readable.from(
        (async function* () {
          yield large('a').subarray(0, MIB + 1);
          yield await new Promise<never>(() => undefined);
        })(),
      ),
      { headers: { 'content-length': String(2 * MIB) }, complete: false },
    ) as unknown as IncomingMessage;
    void read(bodies, slow).body;
    await sleep(20);
    const second = read(bodies, requestOf(large('b')));
    expect(await soon(second.body)).toBe(still);
    expect((await second.body).equals(large('b'))).toBe(true);
  });

  it('leave the line when their sender goes', async () => {
    const bodies = reader({ bytesAtOnce: 3 * MIB });
    const first = read(bodies, requestOf(large('a')));
    await first.body;
    const gone = requestOf(large('b'));
    const second = read(bodies, gone);
    expect(await soon(second.body)).toBe(still);
    gone.destroy(new Error('aborted'));
    await expect(second.body).rejects.toThrow();
    second.release();
    const third = read(bodies, requestOf(large('c')));
    expect(await soon(third.body)).toBe(still);
    first.release();
    expect((await third.body).equals(large('c'))).toBe(true);
  });

  it('are not called slow while they wait', async () => {
    const bodies = reader({ bytesAtOnce: 3 * MIB });
    const first = read(bodies, requestOf(large('a')));
    await first.body;
    const tooSlow: string[] = [];
    const { listener, stop } = watchUploads(
      () => undefined,
      { minBytesPerSecond: 0, idleMillis: 100 },
      (socket) => tooSlow.push((socket as unknown as { name: string }).name),
    );
    const uploading = (name: string): IncomingMessage =>
      Object.assign(requestOf(large('b')), { socket: { name, bytesRead: 100, destroyed: false } }) as never;
    const waiting = uploading('waits');
    const idle = uploading('idle');
    const second = read(bodies, waiting);
    listener(waiting as never, {} as ServerResponse as never);
    listener(idle as never, {} as ServerResponse as never);
    expect(await soon(second.body)).toBe(still);
    await sleep(500);
    stop();
    first.release();
    expect(tooSlow).toEqual(['idle']);
  });
});
