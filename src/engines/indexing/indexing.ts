/**
 * The interface that each file of this folder implements for one type of FHIR search parameter: the columns it is
 * stored in, how a value is written to them, and how it is searched. The engines use search parameters only through
 * this.
 */
import type { Patients } from '../../definitions/patients';
import type { SearchParameter, SqlType, SqlValue } from '../../definitions/table';

export interface StoredColumn {
  name: string;
  type: SqlType;
  comment: string;
}

/** A row to be written: absent columns are NULL. */
export type Row = Record<string, SqlValue>;

/** Writes the values of one parameter (at least one) into the row. */
export type Write = (values: readonly unknown[], row: Row) => void;

/**
 * Binds a value and returns its placeholder: `$3::text[]`. This is the only way for a caller's text into a statement.
 */
export type Bind = (value: unknown, type: string) => string;

/**
 * A condition on a row with the given alias; it may yield NULL for "no".
 * @param ofMany SQL: whether many rows are looked at, for a condition that then asks once for all of them
 */
export interface Clause {
  (alias: string, bind: Bind, ofMany?: string): string;
  /** What it consists of, so that each part can be written in the way that suits it. */
  parts?: { join: 'AND' | 'OR'; clauses: readonly Clause[] };
}

/**
 * The condition for the requested values; or a sentence that names the fault and how to correct it. `tokens` are given
 * where the condition is only that the list in the parameter's column has one of them.
 */
export type Answer = { clause: Clause; tokens?: readonly string[] } | { fault: string };

/** The context for reading values. */
export interface AskContext {
  now: Date;
  /** The address of the FHIR base, so that `Patient/1` and its absolute form are the same reference. */
  baseUrl: string;
  /** Every resource type that references may name. */
  types: readonly string[];
  patients: PatientKeys;
  /** Signs of a mistake in the values; they are reported when nothing is found. */
  doubts: Set<Doubt>;
}

/** An invalid NHS number, or a number in place of a resource's id. */
export type Doubt = 'nhs-number' | 'number-for-id';

/** How patients are identified without a lookup: their type, and the id that is made from an NHS number. */
export type PatientKeys = Pick<Patients, 'type' | 'table' | 'identifierSystem' | 'idOf' | 'readNumber'>;

export interface SortKey {
  sql: string;
  type: 'text' | 'numeric' | 'timestamptz' | 'uuid';
  /** True when it is never NULL, so that an index supports both directions. */
  always?: true;
}

export interface Indexing {
  columns(parameter: SearchParameter): readonly StoredColumn[];
  write(parameter: SearchParameter): Write;
  /** `values` are alternatives, split at commas, with their escapes. The engine handles `:missing` and `:not`. */
  ask(
    parameter: SearchParameter,
    modifier: string | undefined,
    values: readonly string[],
    context: AskContext,
  ): Answer;
  /** The condition that the resource has no value. */
  missing(parameter: SearchParameter, alias: string): string;
  /** The expression to sort by, with its type; absent when the parameter cannot be sorted by. */
  sortKey?(parameter: SearchParameter, alias: string, descending: boolean): SortKey;
}

/** Combines the clauses of alternatives into one. */
export function anyOf(clauses: readonly Clause[]): Clause {
  return joined('OR', clauses);
}

/** Combines the clauses of conditions that all must hold into one. */
export function allOf(clauses: readonly Clause[]): Clause {
  return joined('AND', clauses);
}

function joined(join: 'AND' | 'OR', clauses: readonly Clause[]): Clause {
  const [only] = clauses;
  if (clauses.length === 1 && only !== undefined) return only;
  const write: Clause = (alias, bind, ofMany) =>
    joinParts({ join, clauses }, (clause) => clause(alias, bind, ofMany));
  return Object.assign(write, { parts: { join, clauses } });
}

/** Writes each part of a clause, and joins them. */
export function joinParts(
  { join, clauses }: NonNullable<Clause['parts']>,
  write: (clause: Clause) => string,
): string {
  const written = clauses.map(write);
  return `(${(join === 'OR' ? written : written.map((each) => `(${each})`)).join(` ${join} `)})`;
}

/**
 * Equality with one of several texts; for a single text, the plain form that an ordered index supports in its order.
 */
export function equalsAny(column: string, texts: readonly string[], bind: Bind): string {
  return texts.length === 1
    ? `${column} = ${bind(texts[0], 'text')}`
    : `${column} = ANY(${bind(texts, 'text[]')})`;
}

/** Never true. */
export const nothing: Clause = () => 'FALSE';

/** The SQL type of a column that holds one value or several. */
export function columnType(base: 'text' | 'numeric' | 'timestamptz', multiple: boolean): SqlType {
  return multiple ? `${base}[]` : base;
}

/** The smallest (or largest) element of an array column; the column itself where it holds one value. */
export function extreme(column: string, multiple: boolean, descending: boolean): string {
  return multiple ? `(SELECT ${descending ? 'max' : 'min'}(item) FROM unnest(${column}) AS item)` : column;
}
