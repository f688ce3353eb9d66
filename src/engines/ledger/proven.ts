/**
 * The input of a record's `mac`, as SQL, and the condition that the server wrote it: HMAC-SHA256, calculated by
 * PostgreSQL.
 */

/** The mac of a tombstone, and of the record of a retention run. */
export const TOMBSTONE_PROVEN = `r.id || ' ' || r.seal || ' ' || array_to_string(r.removed, ',') || ' ' || coalesce(r.run::text, '')
  || ' ' || coalesce(r.older_than_days::text, '') || ' '
  || CASE WHEN isfinite(r.removed_at) THEN trunc(extract(epoch FROM r.removed_at) * 1000)::text ELSE '' END`;

/** The mac of the record of a month that was exported or dropped. */
export const MONTH_PROVEN = `concat_ws(' ', r.id, r.month, r.act, r.file, encode(r.sha256, 'hex'), r.bytes, r.records,
  encode(r.leaves, 'hex'), r.first_seal, r.last_seal, coalesce(r.exported::text, '-'),
  CASE WHEN isfinite(r.made_at) THEN trunc(extract(epoch FROM r.made_at) * 1000)::text ELSE '' END)`;

/** A condition on row `r`. @param first the number of its first parameter */
export function isProven(
  proven: string,
  key: Buffer,
  first: number,
): { condition: string; values: Buffer[] } {
  return {
    condition: `(r.mac OPERATOR(pg_catalog.=) pg_catalog.sha256($${first + 1}::pg_catalog.bytea OPERATOR(pg_catalog.||)
      pg_catalog.sha256($${first}::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.convert_to(${proven}, 'UTF8'))))`,
    values: [padded(key, 0x36), padded(key, 0x5c)],
  };
}

/** The key padded as HMAC-SHA256 needs it. @see https://www.rfc-editor.org/rfc/rfc2104 */
function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(64, pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}
