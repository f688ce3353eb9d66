/**
 * Reads a request's body: bounded before and after decompression, and bounded over the whole process, so that huge
 * or slow senders can't starve the rest.
 */
import type { Request } from 'express';
import { createGunzip } from 'node:zlib';
import { refused } from './exchange';

export interface BodyLimits {
  maxBodyBytes: number;
  maxBodyBytesInFlight: number;
}

/** @param maxBytes less than the usual limit, where a smaller body is all that makes sense */
export type ReadBody = (request: Request, maxBytes?: number) => Promise<Buffer>;

/** A reader whose limits hold over all the requests of the process. */
export function bodyReader(limits: BodyLimits): ReadBody {
  let inFlight = 0;
  return async (request, maxBytes = limits.maxBodyBytes) => {
    let mine = 0;
    try {
      return await read(request, Math.min(maxBytes, limits.maxBodyBytes), (bytes) => {
        if (inFlight + bytes > limits.maxBodyBytesInFlight) {
          throw refused(
            'unavailable',
            {
              code: 'throttled',
              rule: 'http-busy',
              text: 'The server is receiving as much as it can hold; send again in a moment.',
            },
            { 'Retry-After': '2' },
          );
        }
        inFlight += bytes;
        mine += bytes;
      });
    } catch (error) {
      // What still comes is let pass unread: a connection closed in the face of a sender would lose it the answer.
      request.unpipe();
      request.resume();
      throw error;
    } finally {
      inFlight -= mine;
    }
  };
}

async function read(request: Request, limit: number, take: (bytes: number) => void): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (!['identity', 'gzip', 'x-gzip', ''].includes(encoding)) {
    throw refused(
      'unsupported-media-type',
      {
        code: 'not-supported',
        rule: 'http-content-encoding',
        text: 'The Content-Encoding must be gzip, or left out.',
      },
      { 'Accept-Encoding': 'gzip', Connection: 'close' },
    );
  }
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  if (/\b100-continue\b/i.test(request.headers.expect ?? '')) request.res?.writeContinue();
  const source = encoding.endsWith('gzip') ? request.pipe(createGunzip()) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  let received = 0;
  if (source !== request) {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > limit) source.destroy(tooLarge(limit));
    });
    // A caller that hangs up in the middle must end the decompression too.
    request.on('error', (error) => source.destroy(error));
    request.on('close', () => {
      if (!request.complete) source.destroy(new Error('aborted'));
    });
  }
  try {
    // Leaving the loop must not destroy the request, and its socket with it.
    const bytes: AsyncIterable<Buffer> = source.iterator({ destroyOnReturn: source !== request });
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (isZlibFault(error)) {
      throw refused(
        'bad-request',
        {
          code: 'structure',
          rule: 'http-gzip',
          text: 'The body is not what its Content-Encoding says: it should be one whole gzip stream.',
        },
        { Connection: 'close' },
      );
    }
    throw error;
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

function isZlibFault(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE');
}

function tooLarge(limit: number): Error {
  return refused('too-large', {
    code: 'too-long',
    rule: 'http-too-large',
    text: `The body is larger than the ${limit} bytes that this server takes (counted after decompression too).`,
  });
}
