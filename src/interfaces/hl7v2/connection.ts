/**
 * One MLLP connection: reads frames, has each message handled before the next is read, and writes the answers in the
 * order of the messages. Not reading on is what slows a sender down. Bytes outside frames, a frame that comes too
 * slowly, and answers that nobody reads end the connection.
 */
import type { Socket } from 'node:net';
import { concatInSlices } from '../../fhir/hash-in-slices';
import type { Hold } from '../../platform/in-flight';
import { inSlices } from '../../platform/in-slices';
import { framed, frameReader } from './frames';

/** A message, or its beginning where it is too large. */
export interface Framed {
  kind: 'message' | 'too-large';
  bytes: Buffer;
}

export interface ConnectionSettings {
  maxFrameBytes: number;
  /** The least speed of a frame, over any 30 seconds. */
  minBytesPerSecond: number;
  /** Grows with what is read of a frame; returns to nothing when the message is answered. */
  hold: Hold;
  handle: (message: Framed, socket: Socket) => Promise<Buffer>;
  onProblem: (text: string) => void;
}

export interface Connection {
  /** True while a message is handled. */
  isHandling(): boolean;
  /** True while a frame has begun and not ended. */
  isInside(): boolean;
  /** Checks the speed; called once a second. */
  look(now: number): void;
  /** Ends it; what has been written is sent first. */
  end(): void;
  /** Settles when it has ended. */
  ended: Promise<void>;
}

/** Over this time the speed of a frame is measured, and an answer must be read. */
const WINDOW_MILLIS = 30_000;
/** How long a frame waits for memory that other messages hold. */
const LONGEST_WAIT_MILLIS = 30_000;
const LINGER_MILLIS = 1_000;

export function serveConnection(socket: Socket, settings: ConnectionSettings): Connection {
  const { hold, minBytesPerSecond, onProblem } = settings;
  const reader = frameReader(settings.maxFrameBytes);
  let isHandling = false;
  let isWaiting = false;
  let window: { since: number; bytes: number } | undefined;

  const close = (why: string): void => {
    onProblem(why);
    socket.destroy();
  };

  async function take(bytes: Buffer): Promise<boolean> {
    for (const cut of reader.push(bytes)) {
      if (cut.kind === 'outside') {
        close('bytes outside an MLLP frame; the connection was closed');
        return false;
      }
      isHandling = true;
      window = undefined;
      try {
        const whole = { kind: cut.kind, bytes: await inSlices(concatInSlices(cut.parts, cut.size)) };
        if (!(await written(socket, framed(await settings.handle(whole, socket))))) return false;
      } finally {
        isHandling = false;
        hold.shrinkTo(reader.held());
      }
    }
    return true;
  }

  async function read(): Promise<void> {
    try {
      for await (const bytes of socket as AsyncIterable<Buffer>) {
        if (window) window.bytes += bytes.length;
        isWaiting = true;
        const hasRoom = await roomFor(hold, bytes.length, socket);
        isWaiting = false;
        if (!hasRoom) {
          close('no memory for a message within 30 seconds; the connection was closed');
          return;
        }
        if (!(await take(bytes))) return;
        hold.shrinkTo(reader.held());
        if (!reader.isInside()) window = undefined;
        else window ??= { since: performance.now(), bytes: 0 };
      }
      socket.end();
    } catch {
      // The sender has gone; what was handled stays handled, and it sends again what was not answered.
      socket.destroy();
    } finally {
      hold.release();
    }
  }

  return {
    isHandling: () => isHandling,
    isInside: () => reader.isInside(),
    look: (now) => {
      if (isWaiting && window) window = { since: now, bytes: 0 };
      if (!window || isHandling || now - window.since < WINDOW_MILLIS) return;
      if (window.bytes < (minBytesPerSecond * WINDOW_MILLIS) / 1000)
        close('a message came too slowly; the connection was closed');
      else window = { since: now, bytes: 0 };
    },
    end: () => {
      socket.end();
      setTimeout(() => socket.destroy(), LINGER_MILLIS).unref();
    },
    ended: read(),
  };
}

async function roomFor(hold: Hold, bytes: number, socket: Socket): Promise<boolean> {
  const began = performance.now();
  while (!hold.grow(bytes)) {
    if (socket.destroyed || performance.now() - began > LONGEST_WAIT_MILLIS) return false;
    await new Promise((again) => setTimeout(again, 50));
  }
  return true;
}

/** @returns false when the sender does not read its answers */
async function written(socket: Socket, answer: Buffer): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  if (socket.write(answer)) return true;
  return new Promise((resolve) => {
    const done = (isRead: boolean): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      socket.off('close', onClose);
      if (!isRead) socket.destroy();
      resolve(isRead);
    };
    const onDrain = (): void => done(true);
    const onClose = (): void => done(false);
    const timer = setTimeout(() => done(false), WINDOW_MILLIS);
    socket.once('drain', onDrain);
    socket.once('close', onClose);
  });
}
