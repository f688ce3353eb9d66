/** A stored resource as the steps of a submission see it, and how one is read from its table. */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { readStored } from '../../../fhir/json';
import type { AnyResource } from '../../../fhir/types';

/** A resource as it is stored now. */
export interface StoredResource {
  type: string;
  id: string;
  version: number;
  patientId: string | null;
  sender: string;
  submissionId: string;
  content: AnyResource;
  /** True when the resource is withdrawn: it has no current version to replace. */
  isWithdrawn?: true;
  /** The submission that wrote the content, where a later one only kept it current. */
  contentFrom?: string;
  /** The submission that stated the content last, if it says when its content was made (`Bundle.meta.lastUpdated`). */
  origin?: { submissionId: string; lastUpdated: Date };
  /** The newest submission that stated the content and does not say when it was made; undefined where a later one says so. */
  undated?: { submissionId: string; receivedAt: Date };
}

/** What to read of one table: by id, and by business key. */
export interface ResourcesToRead {
  /** Of one of the table's types. */
  definition: ResourceDefinition;
  ids: Set<string>;
  keys: Set<string>;
}

export interface StoredRow {
  type: string;
  id: string;
  version_id: number;
  patient_id: string | null;
  sender: string;
  submission_id: string;
  content: string;
}

/** A row whose content is null where it is too large to be read. */
export type Unread<Row extends { content: string }> = Omit<Row, 'content'> & { content: string | null };

export const storedColumns = 'id, version_id, patient_id, sender, submission_id, content';

export const typeOf = ({ type, table: { typeColumn } }: ResourceDefinition): string =>
  typeColumn === undefined ? `'${type}'::text` : `"${typeColumn}"`;

export const storedOf = (row: Unread<StoredRow>): StoredResource => ({
  type: row.type,
  id: row.id,
  version: row.version_id,
  patientId: row.patient_id,
  sender: row.sender,
  submissionId: row.submission_id,
  content: row.content === null ? unreadContent(row) : contentOf(row.content),
});

/** What stands for a content that is too large to be read: it says nothing. */
const unreadContent = ({ type, id }: Pick<StoredRow, 'type' | 'id'>): AnyResource => ({
  resourceType: type,
  id,
});

/** Parses stored content. The server wrote the JSON, so it is exact, including the digits of numbers. */
export function contentOf(text: string): AnyResource {
  const resource = readStored(text);
  if (resource === undefined) throw new Error('stored content is not JSON');
  return resource as AnyResource;
}

/** What one question may bring of stored contents: a sender can store any number of large ones. */
const MOST_BYTES = 16 * 1024 * 1024;

interface Bounds {
  /** Of the query, without those of contents. */
  columns: string;
  /** The columns of contents: `content` unless given. */
  contents?: readonly string[];
  /** An expression: which rows come first. Unless given, the smallest. */
  order?: string;
  /** An expression: rows of different values have bounds of their own. */
  apart?: string;
  /** A number, or an expression of a row. */
  maxBytes?: number | string;
}

/**
 * The rows of a query, of which the last ones have no contents where all together would bring more bytes. No content is
 * read to find out how long it is.
 */
export function boundedContents(
  query: string,
  { columns, contents = ['content'], order, apart, maxBytes = MOST_BYTES }: Bounds,
): string {
  const size = contents.map((name) => `coalesce(octet_length(${name}), 0)`).join(' + ');
  const bounded = contents.map((name) => `CASE WHEN bytes <= ${maxBytes} THEN ${name} END AS ${name}`);
  const partition = apart === undefined ? '' : `PARTITION BY ${apart} `;
  return `SELECT ${columns}, ${bounded.join(', ')}
  FROM (SELECT *, sum(${size}) OVER (${partition}ORDER BY ${order ?? size} ROWS UNBOUNDED PRECEDING) AS bytes
    FROM (${query}) AS found) AS counted`;
}

/** The rows whose content such a query has brought, with the resource. */
export const contentsOf = <Row extends { content: string | null }>(
  rows: readonly Row[],
): (Omit<Row, 'content'> & { content: AnyResource })[] =>
  rows.flatMap((row) => (row.content === null ? [] : [{ ...row, content: contentOf(row.content) }]));
