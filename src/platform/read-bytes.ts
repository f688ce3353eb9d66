/**
 * Reads values of type `bytea` as bytes. `pg` receives every column as text, and PostgreSQL writes a `bytea` as
 * hexadecimal text: twice the bytes, written there and read here. `COPY … TO STDOUT (FORMAT binary)` sends the bytes
 * themselves. It takes no parameters, so the query must contain only values that this server made.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
 */
import { Query, type PoolClient } from 'pg';

/** After the signature come two fields of four bytes; the second says how many bytes follow it. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const EXTENSION_AT = SIGNATURE.length + 4;
const HEADER_BYTES = SIGNATURE.length + 8;

/** What `pg` gives to a query for each part of a copy: PostgreSQL sends one for each row. */
interface CopyData {
  chunk: Buffer;
}

/** @param select a query of one column @returns its values in their order; undefined for a null */
export function bytesFrom(client: PoolClient, select: string): Promise<(Buffer | undefined)[]> {
  return new Promise((resolve, reject) => {
    const copy = readCopy();
    let failure: Error | undefined;
    const done = (error: Error | undefined = failure): void => {
      if (error) {
        Error.captureStackTrace(error);
        reject(error);
      } else resolve(copy.values);
    };
    const query = new Query(`COPY (${select}) TO STDOUT (FORMAT binary)`, done);
    Object.assign(query, {
      handleCopyData: ({ chunk }: CopyData) => {
        try {
          copy.take(chunk);
        } catch (error) {
          failure ??= error as Error;
        }
      },
    });
    client.query(query);
  });
}

/** Reads the binary format of a copy of one column, part by part. Each row must be within one part. */
export function readCopy(): { take(part: Buffer): void; values: (Buffer | undefined)[] } {
  const values: (Buffer | undefined)[] = [];
  let isFirst = true;
  return {
    values,
    take(part) {
      let at = isFirst ? endOfHeader(part) : 0;
      isFirst = false;
      while (at < part.length) {
        if (part.readInt16BE(at) !== 1) return;
        const size = part.readInt32BE(at + 2);
        at += 6;
        if (size > part.length - at) throw new Error('a row of a copy is cut');
        // A new Buffer, because the connection uses the memory of the part again.
        values.push(size < 0 ? undefined : Buffer.from(part.subarray(at, at + size)));
        at += Math.max(0, size);
      }
    },
  };
}

function endOfHeader(part: Buffer): number {
  if (part.length < HEADER_BYTES || !part.subarray(0, SIGNATURE.length).equals(SIGNATURE))
    throw new Error('this is no copy in the binary format');
  return HEADER_BYTES + part.readUInt32BE(EXTENSION_AT);
}
