/**
 * What each file of this folder gives for one FHIR search-parameter type: the columns it is stored in, how a value is
 * written to them, and how it is asked for. The engines know search parameters only through this.
 */
import type { Patients } from '../../definitions/patients';
import type { SearchParameter, SqlType, SqlValue } from '../../definitions/table';

export interface StoredColumn {
  name: string;
  type: SqlType;
  comment: string;
}

/** A row on its way to the database: absent columns are NULL. */
export type Row = Record<string, SqlValue>;

/** Writes the values of one parameter (at least one) into the row. */
export type Write = (values: readonly unknown[], row: Row) => void;

/** Binds a value and gives its place in the statement: `$3::text[]`. Nothing that a caller wrote gets there otherwise. */
export type Bind = (value: unknown, type: string) => string;

/** A condition on a row known by its alias; it may yield NULL for "no". */
export type Clause = (alias: string, bind: Bind) => string;

/** What was asked, made into a condition; or a sentence that says why it cannot be, and what would be right. */
export type Answer = { clause: Clause } | { fault: string };

/** What values are read against. */
export interface AskContext {
  now: Date;
  /** The address of the FHIR base, so that `Patient/1` and its absolute form are the same reference. */
  baseUrl: string;
  /** Every resource type that references may name. */
  types: readonly string[];
  patients: PatientKeys;
  /** What about the values asked for looks like a mistake: told where nothing is found. */
  doubts: Set<Doubt>;
}

/** An NHS number that is none, or a number in place of the id of a resource. */
export type Doubt = 'nhs-number' | 'number-for-id';

/** How patients are known without looking them up: their type, and the id that follows from an NHS number. */
export type PatientKeys = Pick<Patients, 'type' | 'identifierSystem' | 'idOf' | 'readNumber'>;

export interface SortKey {
  sql: string;
  type: 'text' | 'numeric' | 'timestamptz' | 'uuid';
  /** True where it is never NULL, so that an index gives its order both ways. */
  always?: true;
}

export interface Indexing {
  columns(parameter: SearchParameter): readonly StoredColumn[];
  write(parameter: SearchParameter): Write;
  /** `values` are alternatives, split at commas, their escapes kept. `:missing` and `:not` are answered by the engine. */
  ask(
    parameter: SearchParameter,
    modifier: string | undefined,
    values: readonly string[],
    context: AskContext,
  ): Answer;
  /** The condition that the resource has no value. */
  missing(parameter: SearchParameter, alias: string): string;
  /** What to sort by, and the type of it; absent where it cannot be sorted by. */
  sortKey?(parameter: SearchParameter, alias: string, descending: boolean): SortKey;
}

/** The clauses of alternatives as one. */
export function anyOf(clauses: readonly Clause[]): Clause {
  const [only] = clauses;
  if (clauses.length === 1 && only !== undefined) return only;
  return (alias, bind) => `(${clauses.map((clause) => clause(alias, bind)).join(' OR ')})`;
}

/** Equality with one of several texts; with one, the plain form that an ordered index answers in its order. */
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
