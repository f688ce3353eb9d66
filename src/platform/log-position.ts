/**
 * Positions in PostgreSQL's write-ahead log, as it writes them: two hexadecimal numbers, such as `0/3000148`.
 * @see https://www.postgresql.org/docs/current/datatype-pg-lsn.html
 */

/** Whether one position is before another. */
export const isBefore = (one: string, other: string): boolean => bytesTo(one) < bytesTo(other);

function bytesTo(position: string): bigint {
  const [high = '', low = ''] = position.split('/');
  return BigInt(`0x${high}`) * 0x1_0000_0000n + BigInt(`0x${low}`);
}
