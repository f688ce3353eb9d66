/**
 * Pages are bounded in bytes, too, and the database counts them: a page that would be larger than an answer may be is
 * cut there, so that what is left out never reaches this process. The first row always comes, so that paging goes on.
 */
import type { TableDefinition } from '../../definitions/table';

/** What stands around a resource in a Bundle: its fullUrl, its mode, a request and a response. In bytes, roughly. */
export const ENTRY_BYTES = 400;

/** SQL for the bytes of a row's content. @param alias of the row, or of what was read of it */
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

/** A sub-select: the rows of `page`, with `fits`; of those that do not fit the content is null. */
export function withinBytes({ page, bytes, order, maxBytes }: CutPage): string {
  return (
    `(SELECT *, upto <= ${maxBytes} OR place = 1 AS fits,` +
    ` CASE WHEN upto <= ${maxBytes} OR place = 1 THEN content END AS fitting FROM` +
    ` (SELECT *, sum(${bytes} + ${ENTRY_BYTES}) OVER filled AS upto, row_number() OVER filled AS place FROM ${page}` +
    ` WINDOW filled AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)) AS counted)`
  );
}
