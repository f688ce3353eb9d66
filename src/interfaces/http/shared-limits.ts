/**
 * The limits that count over all processes of a node. The first process counts; a worker asks it. Without a configured
 * limit of requests or uploads nothing is asked. Bytes of bodies are asked for in blocks, so that a worker seldom asks.
 * @see docs/decisions/0062-workers.md
 */
import { inFlight, type Hold, type InFlight } from '../../platform/in-flight';
import type { Answers, Peer } from '../../platform/processes/peer';
import type { WorkerHold } from '../../platform/processes/workers';
import { rateLimit, type RateLimit } from './middleware/rate-limit';
import { uploads, type Uploads } from './middleware/uploads';

/** Bytes of bodies that are reserved until they are released. */
export interface BodyHold extends Omit<Hold, 'grow'> {
  /** Reserves more. False when the limit is reached: nothing more is reserved then. */
  grow(bytes: number): boolean | Promise<boolean>;
}

export interface Limits {
  rateLimit: RateLimit;
  uploads: Uploads;
  bodies: { open(): BodyHold };
}

export interface LimitSettings {
  rateLimitPerMinute: number;
  maxUploadsPerClient: number;
  maxBodyBytesInFlight: number;
}

/** The limits of the first process, which count for all. */
export interface OwnLimits extends Limits {
  bodies: InFlight;
  /** What a worker may ask. What it holds is released when it ends. */
  answersFor(worker: WorkerHold): Answers;
}

export function ownLimits(settings: LimitSettings): OwnLimits {
  const requests = rateLimit(settings.rateLimitPerMinute, Date.now);
  const sending = uploads(settings.maxUploadsPerClient);
  const bodies = inFlight(settings.maxBodyBytesInFlight);
  return {
    rateLimit: requests,
    uploads: sending,
    bodies,
    answersFor: (worker) => {
      const hold = bodies.open();
      let held = 0;
      const releases = new Map<string, (() => void)[]>();
      worker.onEnd(() => {
        hold.release();
        for (const release of [...releases.values()].flat()) release();
      });
      return {
        request: (key: string) => requests.count(key),
        upload: async (client: string) => {
          const release = await sending.begin(client);
          if (release) releases.set(client, [...(releases.get(client) ?? []), release]);
          return release !== undefined;
        },
        uploaded: (client: string) => releases.get(client)?.pop()?.(),
        bytes: ({ wanted, needed }: BytesAsked) => {
          const granted = [wanted, needed].find((bytes) => hold.grow(bytes)) ?? 0;
          held += granted;
          return granted;
        },
        bytesBack: (bytes: number) => hold.shrinkTo((held -= bytes)),
      };
    },
  };
}

interface BytesAsked {
  /** A block, */
  wanted: number;
  /** or if there is less, what one body needs now. */
  needed: number;
}

/** The limits of a worker, which the first process counts. */
export function limitsOf(peer: Peer, settings: LimitSettings): Limits {
  const { rateLimitPerMinute, maxUploadsPerClient, maxBodyBytesInFlight } = settings;
  return {
    rateLimit: { count: (key) => (rateLimitPerMinute === 0 ? 0 : peer.ask<number>('request', key)) },
    uploads: {
      begin: async (client) => {
        if (maxUploadsPerClient === 0) return () => undefined;
        if (!(await peer.ask<boolean>('upload', client))) return undefined;
        return () => void peer.tell('uploaded', client);
      },
    },
    bodies: bytesOf(peer, maxBodyBytesInFlight),
  };
}

const MIB = 1024 * 1024;
/** With a smaller limit, every byte counts, and none is kept in stock. */
const LARGE_LIMIT = 128 * MIB;
const BLOCK = MIB;
/** A worker keeps so many bytes that no body needs now. */
const IN_STOCK = 2 * MIB;

function bytesOf(peer: Peer, limit: number): Limits['bodies'] {
  const [block, stock] = limit >= LARGE_LIMIT ? [BLOCK, IN_STOCK] : [0, 0];
  let free = 0;
  const giveBack = (bytes: number): void => {
    free += bytes;
    if (free <= stock) return;
    void peer.tell('bytesBack', free - stock);
    free = stock;
  };
  return {
    open: () => {
      let mine = 0;
      let isReleased = false;
      const take = (bytes: number): boolean => {
        if (free < bytes) return false;
        free -= bytes;
        mine += bytes;
        return true;
      };
      const shrinkTo = (left: number): void => {
        if (left >= mine) return;
        const back = mine - left;
        mine = left;
        giveBack(back);
      };
      const askFor = async (bytes: number): Promise<boolean> => {
        const granted = await peer.ask<number>('bytes', { wanted: Math.max(bytes, block), needed: bytes });
        if (isReleased || granted === 0) {
          giveBack(granted);
          return false;
        }
        free += granted;
        return take(bytes);
      };
      return {
        grow: (bytes) => take(bytes) || askFor(bytes),
        shrinkTo,
        release: () => {
          isReleased = true;
          shrinkTo(0);
        },
      };
    },
  };
}
