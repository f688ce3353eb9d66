/**
 * One MLLP connection: reads frames, has each message handled before the next is read, and writes the answers in the
 * order of the messages. Not reading on is what slows a sender down. Bytes outside frames, a frame that comes too
 * slowly, and answers that nobody reads end the connection. What came of a message that is never handled is told.
 */
import type { Socket } from 'node:net';
import { concatInSlices } from '../../fhir/hash-in-slices';
import type { Hold } from '../../platform/in-flight';
import { inSlices } from '../../platform/in-slices';
import { framed, frameReader, type Cut, type FrameReader } from './frames';

/** A message, or its beginning where it is too large. */
export interface Framed {
  kind: 'message' | 'too-large';
  bytes: Buffer;
}

/** What a connection received and did not hand on, because it ended before the message did. */
export interface Lost {
  /** Its beginning. */
  bytes: Buffer;
  /** How many bytes were received of it and kept. */
  size: number;
  /** Why it did not come whole. */
  why: string;
}

export interface ConnectionSettings {
  maxFrameBytes: number;
  /** How much of a larger frame is kept. */
  mostOfTooLarge: number;
  /** The least speed of a frame, over any 30 seconds. */
  minBytesPerSecond: number;
  /** Grows with what is read of a frame; returns to nothing when the message is answered. */
  hold: Hold;
  handle: (message: Framed) => Promise<Buffer>;
  /** Called at the end of a connection that has received a part of a message, at most once. Must not throw. */
  onLost: (lost: Lost) => Promise<void>;
  onProblem: (text: string) => void;
}

/** What a connection does: waits for a message, receives one, waits until its answer is read, or has one handled. */
export type Stage = 'quiet' | 'inside' | 'answering' | 'handling';

export interface Connection {
  stage(): Stage;
  /** Since when it is quiet, or the frame comes that has begun. */
  since(): number;
  /** Checks the speed; called once a second. */
  look(now: number): void;
  /** Ends it; what has been written is sent first, and the sender has a second to read it. */
  end(why: string): void;
  /** Ends it at once, as soon as what has been written is sent. */
  drop(why: string): void;
  /** Settles when it has ended, and what it lost is told. */
  ended: Promise<void>;
}

/** Over this time the speed of a frame is measured, and an answer must be read. */
const WINDOW_MILLIS = 30_000;
/** How long a frame waits for memory that other messages hold. */
const LONGEST_WAIT_MILLIS = 30_000;
const LINGER_MILLIS = 1_000;
/** How much is told of what was lost: as much as is searched of a request that is refused. */
const MOST_OF_A_LOST = 1024 * 1024;

/** The state of a connection. */
interface Running {
  socket: Socket;
  settings: ConnectionSettings;
  reader: FrameReader;
  doing: 'handling' | 'answering' | undefined;
  /** True while what has come waits for memory. */
  isWaiting: boolean;
  /** Measures the speed of the frame that has begun. */
  window: { since: number; bytes: number } | undefined;
  since: number;
  /** What was cut and is not handled yet. */
  pending: Cut[];
  /** Received, and not given to the reader. */
  unread: Buffer | undefined;
  /** Why it ends, where the server ends it. */
  why: string | undefined;
}

export function serveConnection(socket: Socket, settings: ConnectionSettings): Connection {
  const { minBytesPerSecond } = settings;
  const running: Running = {
    socket,
    settings,
    reader: frameReader(settings.maxFrameBytes, settings.mostOfTooLarge),
    doing: undefined,
    isWaiting: false,
    window: undefined,
    since: performance.now(),
    pending: [],
    unread: undefined,
    why: undefined,
  };
  const stage = (): Stage =>
    running.doing ?? (running.isWaiting || running.reader.isInside() ? 'inside' : 'quiet');
  return {
    stage,
    since: () => running.since,
    look: (now) => {
      const { window } = running;
      if (!window || running.doing) return;
      if (running.isWaiting) running.window = { since: now, bytes: 0 };
      else if (now - window.since < WINDOW_MILLIS) return;
      else if (window.bytes < (minBytesPerSecond * WINDOW_MILLIS) / 1000)
        close(running, 'a message came too slowly; the connection was closed');
      else running.window = { since: now, bytes: 0 };
    },
    end: (why) => {
      running.why ??= why;
      socket.end();
      setTimeout(() => socket.destroy(), LINGER_MILLIS).unref();
    },
    drop: (why) => {
      running.why ??= why;
      if (stage() !== 'quiet') socket.destroy();
      else socket.destroySoon();
      setTimeout(() => socket.destroy(), LINGER_MILLIS).unref();
    },
    ended: read(running),
  };
}

function close(running: Running, why: string): void {
  running.why ??= why;
  running.settings.onProblem(why);
  running.socket.destroy();
}

/** Reads until the connection ends. Never throws. */
async function read(running: Running): Promise<void> {
  const { socket, reader, settings } = running;
  const { hold } = settings;
  try {
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      if (running.window) running.window.bytes += bytes.length;
      running.unread = bytes;
      running.isWaiting = true;
      const hasRoom = await roomFor(hold, bytes.length, socket);
      running.isWaiting = false;
      if (!hasRoom) {
        if (!socket.destroyed)
          close(running, 'no memory for a message within 30 seconds; the connection was closed');
        return;
      }
      running.unread = undefined;
      const wasInside = reader.isInside();
      if (!(await take(running, bytes))) return;
      hold.shrinkTo(reader.held());
      if (!wasInside) running.since = performance.now();
      if (!reader.isInside()) running.window = undefined;
      else running.window ??= { since: performance.now(), bytes: 0 };
    }
    socket.end();
  } catch {
    // The sender has gone; what was handled stays handled, and it sends again what was not answered.
    socket.destroy();
  } finally {
    await tellLost(running);
    hold.release();
  }
}

/** Has the messages handled that the bytes complete. @returns false when the connection ends */
async function take(running: Running, bytes: Buffer): Promise<boolean> {
  const { socket, reader, settings } = running;
  running.pending = reader.push(bytes);
  for (let [cut] = running.pending; cut; [cut] = running.pending) {
    if (cut.kind === 'outside') {
      close(running, 'bytes outside an MLLP frame; the connection was closed');
      return false;
    }
    running.pending.shift();
    running.doing = 'handling';
    running.window = undefined;
    try {
      const whole = { kind: cut.kind, bytes: await inSlices(concatInSlices(cut.parts, cut.size)) };
      const answer = framed(await settings.handle(whole));
      running.doing = 'answering';
      if (!(await written(socket, answer))) {
        running.why ??= 'the answer before it could not be sent';
        return false;
      }
    } finally {
      running.doing = undefined;
      running.since = performance.now();
      settings.hold.shrinkTo(reader.held());
    }
  }
  return true;
}

async function tellLost(running: Running): Promise<void> {
  const { reader, pending, unread, settings, why = 'the connection was cut' } = running;
  const isInside = reader.isInside();
  const parts = [...pending.flatMap((cut) => cut.parts), ...reader.giveUp(), ...(unread ? [unread] : [])];
  if (!isInside && parts.length === 0) return;
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.concat(parts, Math.min(size, MOST_OF_A_LOST));
  // Nothing but the beginning is held while it is told.
  parts.length = 0;
  pending.length = 0;
  running.unread = undefined;
  settings.hold.shrinkTo(bytes.length);
  await settings.onLost({ bytes, size, why });
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
