/**
 * The types in which a resource folder says how its type is stored and found: columns, search parameters, identity.
 */
import type { AnyResource, JsonObject } from '../fhir/types';

export type SqlType =
  | 'text'
  | 'text[]'
  | 'uuid'
  | 'uuid[]'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'numeric[]'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'timestamptz[]'
  | 'tstzmultirange'
  | 'jsonb';

/** What a column's value may be before PostgreSQL reads it out of JSON. Decimals and times travel as strings. */
export type SqlValue = string | number | boolean | null | readonly (string | number | null)[] | JsonObject;

/** A column beyond those that every table has: a thing an analyst would ask for, such as `news2_total`. */
export interface Column {
  name: string;
  type: SqlType;
  /** What stands in it: for the documentation of the tables. */
  comment: string;
  value(resource: AnyResource): SqlValue;
}

/** @see https://hl7.org/fhir/R4/search.html#ptypes */
export type SearchParameterType =
  'token' | 'reference' | 'date' | 'string' | 'quantity' | 'number' | 'uri' | 'composite' | 'special';

/**
 * One search parameter. `paths` says where its values lie; `src/indexing/<type>.ts` says how they are stored and how
 * they are asked for.
 */
export interface SearchParameter {
  /** As it stands in a query: `patient`, `code-value-quantity`. */
  code: string;
  type: SearchParameterType;
  /** The official FHIRPath expression (or our own): for the CapabilityStatement, OpenAPI, and the test that judges us by it. */
  expression: string;
  /** Its canonical url, such as `http://hl7.org/fhir/SearchParameter/clinical-patient`; absent for our own. */
  url?: string;
  /** What it finds, one sentence. */
  documentation: string;
  /** Paths below the resource; lists are walked; `value[x]` stands for each typed name. */
  paths: readonly string[];
  /** Keeps a value that a path reached only where this holds. */
  filter?: (value: unknown, resource: AnyResource) => boolean;
  /** Reference parameters: the types they may point to. */
  targets?: readonly string[];
  /** The column (or the stem of the columns) it is stored in. Several parameters may share one. */
  column: string;
  /** Whether the resource can bear more than one value: stored in an array column. */
  multiple: boolean;
  /** Composite parameters: the codes of their components. */
  components?: readonly string[];
}

/** How two resources are told to be the same one outside a lineage (semantics, «Who is who»). */
export interface Identity {
  /** The business keys of the resource, as tokens `system|value`. */
  keys(resource: AnyResource): readonly string[];
  /** What beside the key must agree. */
  within: readonly ('patient' | 'sender' | 'custodian')[];
  /** True where a second resource of the same Bundle with the key makes both of them new. */
  uniqueInBundle: boolean;
}

/** One resource type: a folder of `src/resources/`. */
export interface TableDefinition {
  /** The table's name, snake_case of the type: `document_reference`. Its history is `<name>_history`. */
  name: string;
  /** Where the Reference to the patient stands, e.g. `['subject']`; empty where the type belongs to no patient. */
  patient: readonly string[];
  columns: readonly Column[];
}
