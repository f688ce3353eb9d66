/**
 * Limits pages by bytes, which the database counts: a page that would be too large is cut there, so that the rest is
 * never sent to this process. The first row is always included, so that paging makes progress.
 */
import type { TableDefinition } from '../../definitions/table';

/** The parts around a resource in a Bundle: its fullUrl, its mode, a request and a response. In bytes, roughly. */
export const ENTRY_BYTES = 400;

/** SQL for the size of a row's content in bytes. @param alias of the row, or of the sub-select that read it */
export function contentBytes({ contentBytes: elsewhere }: TableDefinition, alias: string): string {
  return elsewhere ? elsewhere(alias) : `coalesce(octet_length(${alias}.content), 0)`;
}

export interface CutPage {
  /** The query that gives the page; its rows have `content`. */
  page: string;
  /** SQL for the bytes of the content of a row of `page`. */
  bytes: string;
  /** The order in which the page is filled. */
  order: string;
  /** SQL for the most bytes. */
  maxBytes: string;
}

/** A sub-select: the rows of `page`, with `fits`; the content of rows that do not fit is null. */
export function withinBytes({ page, bytes, order, maxBytes }: CutPage): string {
  return (
    `(SELECT *, upto <= ${maxBytes} OR place = 1 AS fits,` +
    ` CASE WHEN upto <= ${maxBytes} OR place = 1 THEN content END AS fitting FROM` +
    ` (SELECT *, sum(${bytes} + ${ENTRY_BYTES}) OVER filled AS upto, row_number() OVER filled AS place FROM ${page}` +
    ` WINDOW filled AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)) AS counted)`
  );
}
