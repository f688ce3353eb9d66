/**
 * Enforces the least speed of a body: a number of bytes a second over any 30 seconds, and no pause longer than the idle
 * limit. The total time is not limited, so that a large summary can be sent over a slow line.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { waitsForTurn } from './large-bodies';

export interface PaceBounds {
  /** Over any 30 seconds; 0 for no limit. */
  minBytesPerSecond: number;
  /** The longest pause, in milliseconds. */
  idleMillis: number;
}

const WINDOW = 30_000;
/** How long the rest of a body is discarded after its answer was sent, in milliseconds. */
const AFTER_ANSWER = 30_000;

/** The speed of one body. Times are in milliseconds, of any clock that never goes back. */
export class Pace {
  private samples: { at: number; bytes: number }[];
  private lastProgress: number;

  constructor(
    private readonly bounds: PaceBounds,
    now: number,
    bytes: number,
  ) {
    this.samples = [{ at: now, bytes }];
    this.lastProgress = now;
  }

  /** @param bytes received so far */
  isTooSlow(now: number, bytes: number): boolean {
    const { minBytesPerSecond, idleMillis } = this.bounds;
    if (bytes > this.samples.at(-1)!.bytes) this.lastProgress = now;
    this.samples.push({ at: now, bytes });
    if (now - this.lastProgress > idleMillis) return true;
    // The window begins at the newest sample that is at least as old as the window.
    const begin = this.samples.findLastIndex(({ at }) => now - at >= WINDOW);
    if (begin < 0) return false;
    this.samples = this.samples.slice(begin);
    const [first] = this.samples;
    return bytes - first!.bytes < (minBytesPerSecond * (now - first!.at)) / 1000;
  }

  /** Excludes time in which this process was too busy to read. */
  pass(millis: number): void {
    this.lastProgress += millis;
    for (const sample of this.samples) sample.at += millis;
  }
}

interface Upload {
  request: IncomingMessage;
  response: ServerResponse;
  pace: Pace;
  answeredAt?: number;
}

/**
 * @param tooSlow called for a connection whose body is too slow
 * @returns a listener that watches the bodies of its requests, and a function that ends this
 */
export function watchUploads(
  listener: RequestListener,
  bounds: PaceBounds,
  tooSlow: (socket: Socket) => void,
): { listener: RequestListener; stop: () => void } {
  const uploads = new Set<Upload>();
  const everyMillis = Math.min(1_000, bounds.idleMillis);
  let looked = performance.now();

  const look = (): void => {
    const now = performance.now();
    const late = now - looked - everyMillis;
    looked = now;
    for (const upload of uploads) {
      const { request, response, pace } = upload;
      const { socket } = request;
      if (request.complete || socket.destroyed) {
        uploads.delete(upload);
        continue;
      }
      if (late > everyMillis) pace.pass(late);
      if (waitsForTurn(request)) pace.pass(everyMillis);
      if (response.writableFinished) upload.answeredAt ??= now;
      if (upload.answeredAt !== undefined && now - upload.answeredAt > AFTER_ANSWER) socket.destroy();
      else if (pace.isTooSlow(now, socket.bytesRead)) {
        uploads.delete(upload);
        tooSlow(socket);
      }
    }
  };
  const timer = setInterval(look, everyMillis).unref();

  return {
    listener: (request, response) => {
      if (!request.complete) {
        const pace = new Pace(bounds, performance.now(), request.socket.bytesRead);
        const upload = { request, response, pace };
        uploads.add(upload);
        request.once('end', () => uploads.delete(upload));
      }
      listener(request, response);
    },
    stop: () => clearInterval(timer),
  };
}
