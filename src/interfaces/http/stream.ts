/**
 * Sends answers that are read while they are sent, such as documents. Only a few pieces of each are in memory at a
 * time, whatever its size and the caller's speed.
 */
import type { Response } from 'express';
import { stringify } from '../../fhir/decimal';
import type { AnyResource } from '../../fhir/types';
import { writeXml } from '../../fhir/xml/write-xml';
import type { Answer, ByteStream } from './request-context';
import type { Rendering } from './rendering';

/** A caller that takes longer than this to read one piece is treated as gone. */
const PIECE_MILLIS = 120_000;

/** How many bytes are sent together. */
const MOST_TOGETHER = 512 * 1024;

/** The bytes to send. */
interface Wire {
  contentType: string;
  length: number;
  /** A text is base64. */
  pieces: () => AsyncIterable<Buffer | string>;
}

/** @param answer if it has a `resource`, the bytes are sent as base64 in its `data` */
export function streamOf({ resource }: Answer, stream: ByteStream, rendering: Rendering): Wire {
  if (!resource) return { contentType: stream.contentType, length: stream.size, pieces: stream.pieces };
  const [before, after] = around(resource, rendering);
  return {
    contentType: `application/fhir+${rendering.format}; charset=utf-8`,
    length: Buffer.byteLength(before) + 4 * Math.ceil(stream.size / 3) + Buffer.byteLength(after),
    async *pieces() {
      yield Buffer.from(before);
      for await (const piece of stream.pieces()) yield piece.toString('base64');
      yield Buffer.from(after);
    },
  };
}

/** A placeholder that JSON and XML write unchanged. */
const PLACE = 'homeward-stream-0b7c1f6e';

/** The resource's text before and after the bytes. */
function around(resource: AnyResource, { format, pretty }: Rendering): [string, string] {
  const whole = { ...resource, data: PLACE };
  const text = format === 'xml' ? writeXml(whole, { pretty }) : stringify(whole, pretty ? 2 : undefined);
  const place = text.lastIndexOf(PLACE);
  return [
    text.slice(0, place),
    `${text.slice(place + PLACE.length)}${format === 'json' && pretty ? '\n' : ''}`,
  ];
}

/**
 * Sends the head after the first piece was read, so that a document that cannot be read gets an error answer.
 * @throws when a piece cannot be read; `response.headersSent` says whether anything was sent
 */
export async function send(
  response: Response,
  answer: Answer,
  { contentType, length, pieces }: Wire,
  withBody: boolean,
): Promise<void> {
  const iterator = pieces()[Symbol.asyncIterator]();
  let piece = withBody ? await iterator.next() : undefined;
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', length);
  // Pieces that come without a pause are sent together.
  response.cork();
  while (piece !== undefined && piece.done !== true) {
    response.write(piece.value, 'latin1');
    if (response.writableLength >= MOST_TOGETHER) {
      response.uncork();
      if (response.writableNeedDrain && !(await isTaken(response))) response.destroy();
      response.cork();
    }
    // Nothing more is read for a caller that has gone, also where it went while a piece was read.
    if (response.destroyed) {
      await iterator.return?.();
      return;
    }
    piece = await iterator.next();
  }
  response.uncork();
  response.end();
}

/** @returns false when the caller has gone, or reads nothing */
function isTaken(response: Response): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (taken: boolean) => () => {
      clearTimeout(timer);
      response.off('drain', drained);
      response.off('close', closed);
      resolve(taken);
    };
    const drained = done(true);
    const closed = done(false);
    const timer = setTimeout(closed, PIECE_MILLIS);
    response.once('drain', drained);
    response.once('close', closed);
    if (response.destroyed || response.writableFinished) closed();
  });
}
