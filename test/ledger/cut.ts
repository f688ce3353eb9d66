/** Cuts off the end of a ledger, by SQL, so that what is left is sound in itself. */
import type { Database } from '../../src/platform/postgres';
import { tablesOf } from './tables';

/** Takes away every row of a transaction from this one on, and brings back what such a transaction superseded. */
export async function cutFrom(on: Database, xid: string): Promise<void> {
  const tables = await tablesOf(on);
  const change = (text: string): Promise<unknown> => on.query({ text });
  const since = (column: string): string => `"${column}" >= '${xid}'::xid8`;
  await change(
    `DELETE FROM submission_body WHERE submission_id IN (SELECT id FROM submission WHERE ${since('xid')})`,
  );
  await change(
    `DELETE FROM "binary" WHERE submission_id IN (SELECT id FROM submission WHERE ${since('xid')})`,
  );
  for (const { name, columns } of tables.filter(({ name: each }) => each.endsWith('_history'))) {
    const current = name.replace(/_history$/, '');
    const names = columns
      .map((column) => `"${column.name}"`)
      .filter((column) => !['"superseded_xid"', '"superseded_at"', '"deleted"'].includes(column))
      .join(', ');
    await change(`DELETE FROM "${current}" WHERE ${since('xid')}`);
    await change(`DELETE FROM "${name}" WHERE ${since('xid')}`);
    await change(
      `WITH back AS (DELETE FROM "${name}" WHERE ${since('superseded_xid')} RETURNING ${names})
        INSERT INTO "${current}" (${names}) SELECT * FROM back`,
    );
  }
  for (const name of ['submission', 'audit_record', 'review_mark'])
    await change(`DELETE FROM ${name} WHERE ${since('xid')}`);
  await change(`DELETE FROM document_bytes WHERE sha256 NOT IN (SELECT sha256 FROM "binary"
    UNION SELECT decode(cut ->> 'sha256', 'hex') FROM submission_body, jsonb_array_elements(documents) AS cut)`);
  await change(`DELETE FROM ledger_seal WHERE upto > '${xid}'::xid8`);
}
