/**
 * Reads what PostgreSQL sends into memory that is used again. By itself Node.js makes new memory of 64 kB for each read,
 * and `pg` more where a message is in several reads; V8 marks its whole heap each time that 64 MB of such memory have
 * been made. What `pg` is given here are whole messages, because it keeps the beginning of a message that is not whole,
 * and that memory changes with the next read.
 * @see https://nodejs.org/docs/latest-v20.x/api/net.html#new-netsocketoptions
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';

/** A byte says what a message is, and four say how long it is, these four included. */
const KIND_BYTES = 1;
const HEADER_BYTES = KIND_BYTES + 4;
/** What one read may bring: as much as Node.js reads at once by itself. */
const READ_BYTES = 64 * 1024;
/** Memory for a longer message is not kept, and is not made before the message comes: it may be no message at all. */
const KEPT_BYTES = 256 * 1024;

/** @param settings those of `pg` for a connection: with TLS the bytes on the socket are no messages */
export function socketOf({ ssl }: { ssl?: unknown }): Socket {
  if (ssl !== undefined && ssl !== false) return new Socket();
  const messages = wholeMessages((bytes) => socket.emit('data', bytes));
  const settings: SocketConstructorOpts & Pick<TcpSocketConnectOpts, 'onread'> = {
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (size, read) => {
        messages.take(read as Buffer, size);
        return true;
      },
    },
  };
  const socket: Socket = new Socket(settings);
  return socket;
}

/**
 * Puts messages together.
 * @param use gets one or several whole messages; their memory is used again when it returns
 */
export function wholeMessages(use: (bytes: Buffer) => void): { take(read: Buffer, size: number): void } {
  let kept = Buffer.allocUnsafeSlow(READ_BYTES);
  /** Bytes of `kept` that are of a message of which more has to come. */
  let begun = 0;

  /** Copies into `kept` until it has `wanted` bytes, or all that came. @returns how many were copied */
  const keep = (read: Buffer, from: number, size: number, wanted: number): number => {
    const end = Math.min(size, from + wanted - begun);
    if (begun + end - from > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(wanted, Math.max(KEPT_BYTES, 2 * kept.length)));
      kept.copy(larger, 0, 0, begun);
      kept = larger;
    }
    const copied = read.copy(kept, begun, from, end);
    begun += copied;
    return copied;
  };

  const finish = (): void => {
    const whole = kept.subarray(0, begun);
    begun = 0;
    if (kept.length > KEPT_BYTES) kept = Buffer.allocUnsafeSlow(READ_BYTES);
    use(whole);
  };

  return {
    take(read, size) {
      let at = 0;
      if (begun > 0) {
        if (begun < HEADER_BYTES) at += keep(read, at, size, HEADER_BYTES);
        if (begun < HEADER_BYTES) return;
        at += keep(read, at, size, lengthAt(kept, 0));
        if (begun < lengthAt(kept, 0)) return;
        finish();
      }
      const end = endOfWhole(read, at, size);
      if (end > at) use(read.subarray(at, end));
      if (end === size) return;
      const wanted = size - end < HEADER_BYTES ? HEADER_BYTES : lengthAt(read, end);
      keep(read, end, size, wanted);
    },
  };
}

const lengthAt = (bytes: Buffer, at: number): number => KIND_BYTES + bytes.readUInt32BE(at + KIND_BYTES);

/** The place after the last message that is whole. */
function endOfWhole(read: Buffer, from: number, size: number): number {
  let at = from;
  while (size - at >= HEADER_BYTES) {
    const next = at + lengthAt(read, at);
    if (next > size) return at;
    at = next;
  }
  return at;
}
