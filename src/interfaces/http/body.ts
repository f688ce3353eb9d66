/**
 * Reads a request's body. Limits apply before and after decompression, and over the whole process, so that large or
 * slow senders cannot block the others. The received bytes count against the limit until the request is answered.
 */
import type { Request } from 'express';
import { Transform, type Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { concatInSlices } from '../../fhir/hash-in-slices';
import { gatherBytes, type GatheredBytes } from '../../platform/gather-bytes';
import { inSlices } from '../../platform/in-slices';
import { eachPiece } from '../../platform/read-stream';
import { refused } from './request-context';
import { BYTES_WITHOUT_TURN, largeBodies, type Turn } from './large-bodies';
import type { BodyHold, Limits } from './shared-limits';
import { busy } from './refusals';

/** What a body holds until its request is answered. */
export interface ReceivedHold extends BodyHold {
  turn: Turn;
}

/**
 * @param hold grows with what is received; the caller releases it when the request is answered
 * @param maxBytes a limit below the usual one, for routes that only need a small body
 * @throws Unfinished where the connection ended before the body was read
 */
export type ReadBody = (request: Request, hold: ReceivedHold, maxBytes?: number) => Promise<Buffer>;

/** The connection ended before the body was read, even where its last byte had come. */
export class Unfinished extends Error {
  constructor(readonly received: Buffer) {
    super('the body is not whole');
    this.name = 'Unfinished';
  }
}

/** The bytes received before reading a body failed, by the failure. */
const before = new WeakMap<object, Buffer>();

/** The bytes received before reading a body failed, for the audit trail, which names the patients of the attempt. */
export function receivedBefore(error: unknown): Buffer {
  if (error instanceof Unfinished) return error.received;
  const received = typeof error === 'object' && error !== null ? before.get(error) : undefined;
  return received ?? Buffer.alloc(0);
}

export interface Bodies {
  read: ReadBody;
  /** Opens what a body holds: its bytes are counted, and a large one has its turn. */
  open(): ReceivedHold;
}

/** A reader whose limits hold over all the requests of the node. */
export function bodyReader(
  { maxBodyBytes }: { maxBodyBytes: number },
  inFlight: Limits['bodies'],
  turns = largeBodies(),
): Bodies {
  return {
    open() {
      const hold = inFlight.open();
      const turn = turns();
      const release = (): void => {
        turn.release();
        hold.release();
      };
      return { ...hold, turn, release };
    },
    async read(request, hold, maxBytes = maxBodyBytes) {
      const parts = partsOf(lengthOf(request));
      // The first bytes of a body that claims to be compressed. It may not be gzip.
      const raw = gatherBytes();
      // What it holds is lost once it flows.
      if (brokeOff(request)) throw new Unfinished(await receivedOf(request, parts, raw));
      try {
        const limit = Math.min(maxBytes, maxBodyBytes);
        const body = await read(request, limit, { parts, raw, hold });
        hold.turn.received();
        return body;
      } catch (error) {
        if (brokeOff(request)) throw new Unfinished(await receivedOf(request, parts, raw));
        // The rest of the body is discarded unread. Closing the connection at once could lose the answer.
        request.unpipe();
        request.resume();
        if (typeof error === 'object' && error !== null)
          before.set(error, parts.size() > 0 ? parts.received() : raw.bytes());
        throw error;
      }
    },
  };
}

/**
 * Whether the connection ended before the last byte of the body was read. The parser may have had the whole body: a
 * request is complete for it before it is for its reader. A body that was read to its end is destroyed, too.
 */
const brokeOff = (request: Request): boolean => request.destroyed && !request.readableEnded;

/** What had come of a body whose connection ended, also what nobody had read yet. */
async function receivedOf(request: Request, parts: Parts, raw: GatheredBytes): Promise<Buffer> {
  const unread = (request.read() as Buffer | null) ?? Buffer.alloc(0);
  if (!isGzip(request)) return Buffer.concat([parts.received(), unread]);
  if (parts.size() > 0) return parts.received();
  return beginningOf(Buffer.concat([raw.bytes(), unread]));
}

/** The beginning of what is compressed, as far as it goes; the bytes as they are, if they are no gzip. */
async function beginningOf(compressed: Buffer): Promise<Buffer> {
  const opened = gatherBytes();
  const source = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  source.end(compressed);
  try {
    await eachPiece(source, (piece) => {
      opened.add(piece);
      if (opened.size() >= MOST_OPENED) throw new Error('enough');
      return undefined;
    });
  } catch {
    source.destroy();
  }
  return opened.size() > 0 ? opened.bytes() : compressed;
}

/** How much is opened of a compressed body that is not whole, to see whom it was about. */
const MOST_OPENED = 1024 * 1024;

const encodingOf = ({ headers }: Request): string =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
const isGzip = (request: Request): boolean => encodingOf(request).endsWith('gzip');

/** How long a body will be, if its head says so; a compressed one becomes longer. */
function lengthOf({ headers }: Request): number | undefined {
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = headers;
  return length === undefined || encoding !== 'identity' ? undefined : Number(length);
}

/** The most bytes kept of a compressed body as received. */
const MOST_KEPT_RAW = 64 * 1024;

async function read(
  request: Request,
  limit: number,
  { parts, raw, hold }: { parts: Parts; raw: GatheredBytes; hold: ReceivedHold },
): Promise<Buffer> {
  if (!['identity', 'gzip', 'x-gzip', ''].includes(encodingOf(request))) {
    throw refused(
      'unsupported-media-type',
      {
        code: 'not-supported',
        rule: 'http-content-encoding',
        text: 'The Content-Encoding is not supported. Send gzip, or leave it out.',
      },
      { 'Accept-Encoding': 'gzip', Connection: 'close' },
    );
  }
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  // Whoever has begun to send does not wait for it.
  const isAwaited = /\b100-continue\b/i.test(request.headers.expect ?? '') && request.readableLength === 0;
  if (isAwaited) request.res?.writeContinue();
  const arrival = arrivalOf(limit);
  const accept = (piece: Buffer): Promise<void> | undefined => {
    const before = parts.size();
    const size = before + piece.length;
    if (size > limit) throw tooLarge(limit);
    if (before <= BYTES_WITHOUT_TURN && size > BYTES_WITHOUT_TURN)
      return hold.turn
        .begin(request, lengthOf(request) ?? limit)
        .then(() => hold.grow(piece.length))
        .then(keep(piece, parts));
    const grown = hold.grow(piece.length);
    if (typeof grown !== 'boolean') return grown.then(keep(piece, parts));
    keep(piece, parts)(grown);
  };
  if (!isGzip(request)) {
    await eachPiece(request, (piece) => {
      arrival.count(piece.length);
      return accept(piece);
    });
    return parts.whole();
  }
  const source = decompressed(request, arrival, raw);
  try {
    await eachPiece(source, accept);
  } catch (error) {
    source.destroy();
    if (isZlibFault(error)) {
      throw refused(
        'bad-request',
        {
          code: 'structure',
          rule: 'http-gzip',
          text: 'The body does not match its Content-Encoding. Send one complete gzip stream.',
        },
        { Connection: 'close' },
      );
    }
    throw error;
  }
  return parts.whole();
}

const keep =
  (piece: Buffer, parts: Parts) =>
  (isReserved: boolean): void => {
    if (!isReserved) throw busy();
    parts.add(piece);
  };

/** The body without its gzip. Keeps its first bytes as they are received. */
function decompressed(request: Request, arrival: Arrival, raw: GatheredBytes): Readable {
  const source = request.pipe(inLargePieces()).pipe(createGunzip());
  request.on('data', (piece: Buffer) => {
    if (raw.size() < MOST_KEPT_RAW) raw.add(piece);
    try {
      arrival.count(piece.length);
    } catch (error) {
      source.destroy(error as Error);
    }
  });
  // A caller that disconnects must also end the decompression.
  request.on('error', (error) => source.destroy(error));
  request.on('close', () => {
    if (!request.readableEnded) source.destroy(new Error('aborted'));
  });
  return source;
}

/** Decompressing costs as much for one byte as for many. */
function inLargePieces(): Transform {
  const gathered = gatherBytes();
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      gathered.add(piece);
      if (gathered.size() < ENOUGH_TO_DECOMPRESS) return done();
      const bytes = gathered.bytes();
      gathered.clear();
      done(null, bytes);
    },
    flush(done) {
      done(null, gathered.size() === 0 ? undefined : gathered.bytes());
    },
  });
}

const ENOUGH_TO_DECOMPRESS = 64 * 1024;

interface Arrival {
  /** @throws Refused when the body is too large, or its pieces are too small for its length */
  count(bytes: number): void;
}

/**
 * Each piece costs a microsecond, and one byte in an HTTP chunk of its own is a piece. A sender that writes each word of
 * its JSON apart sends some hundred thousand for a summary; proxies make pieces of kilobytes.
 */
const MOST_SMALL_PIECES = 250_000;
const SMALL_PIECE_BYTES = 16;

function arrivalOf(limit: number): Arrival {
  let [pieces, bytes] = [0, 0];
  return {
    count(more) {
      pieces += 1;
      bytes += more;
      if (bytes > limit) throw tooLarge(limit);
      if (pieces > MOST_SMALL_PIECES && bytes < SMALL_PIECE_BYTES * pieces) throw tooManyPieces();
    },
  };
}

/** What was received of a body. */
interface Parts {
  size(): number;
  add(chunk: Buffer): void;
  received(): Buffer;
  whole(): Promise<Buffer>;
}

/** A large body of a known length is put together as it comes, so that its bytes are not in memory twice. */
function partsOf(length: number | undefined): Parts {
  const gathered = gatherBytes();
  let together: Buffer | undefined;
  let size = 0;
  return {
    size: () => size,
    add(chunk) {
      if (together === undefined && length !== undefined && size > BYTES_WITHOUT_TURN) {
        together = Buffer.allocUnsafeSlow(length);
        gathered.bytes().copy(together);
        gathered.clear();
      }
      if (together) chunk.copy(together, size);
      else gathered.add(chunk);
      size += chunk.length;
    },
    received: () => together?.subarray(0, size) ?? gathered.bytes(),
    async whole() {
      if (together) return together;
      const parts = gathered.parts();
      return parts.length === 1 ? parts[0]! : inSlices(concatInSlices(parts, size));
    },
  };
}

function isZlibFault(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE');
}

function tooLarge(limit: number): Error {
  return refused('too-large', {
    code: 'too-long',
    rule: 'http-too-large',
    text: `The body is larger than ${limit} bytes, the limit of this server (before and after decompression). Send a smaller body.`,
  });
}

function tooManyPieces(): Error {
  return refused(
    'bad-request',
    {
      code: 'too-costly',
      rule: 'http-small-chunks',
      text: `The body came in more than ${MOST_SMALL_PIECES} chunks with fewer than ${SMALL_PIECE_BYTES} bytes each on average. Send it in larger chunks, or with a Content-Length.`,
    },
    { Connection: 'close' },
  );
}
