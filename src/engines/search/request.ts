/** What a search is asked with, and what it answers. @see https://hl7.org/fhir/R4/search.html */
import type { Clause } from '../indexing/indexing';
import type { Issue } from '../../fhir/issue';

/** `r`: read; `s`: search. Included resources are read; chains and `_has` search. */
export type Interaction = 'r' | 's';

/** What a caller may see. No statement is made without one. */
export interface View {
  /** What the caller's scopes allow. A search that reaches into another type is refused. */
  allowed(type: string, interaction: Interaction): boolean;
  /** Queries of which a resource must match one (SMART scopes with `?…`); null where all may be seen. */
  restrictions(type: string, interaction: Interaction): readonly string[] | null;
  /** A condition of the server's own on every resource of the type that the search touches; null where none. */
  sees(type: string): Clause | null;
  /** Who looks, and what of: the same text for the same sight. What was counted for one is told no other. */
  viewer?: string;
}

export interface SearchRequest extends View {
  type: string;
  /** Name and value as they stand in the query, decoded. */
  params: readonly (readonly [string, string])[];
  /** What an unknown parameter is: a fault, or ignored and reported. */
  handling: 'strict' | 'lenient';
  /** A condition of the server's own on the resources searched, such as "of this sender". */
  extraCondition?: Clause;
  /** Of what matches, only the newest of each kind. */
  newest?: Newest;
  /** The most bytes of resources on the page, `maxBytes` of the limits unless given: it ends early, with a cursor. */
  maxBytes?: number;
}

/** The newest `max` matches of each value of a token parameter, by a date parameter. */
export interface Newest {
  of: string;
  by: string;
  max: number;
}

/** One resource of the answer. */
export interface Found {
  type: string;
  id: string;
  versionId: number;
  lastUpdated: Date;
  /** Exact JSON text. */
  content: string;
  patientId: string | null;
}

export type Summary = 'true' | 'text' | 'data' | 'count' | 'false';

export interface SearchResult {
  matches: Found[];
  included: Found[];
  total?: number;
  /** The search as it was understood: for `Bundle.link` `self`. */
  self: (readonly [string, string])[];
  /** The cursor of the next page, to be given as `_cursor`; absent on the last. */
  next?: string;
  /** The parameters of the search that a cursor goes on with; absent without one. */
  continued?: readonly (readonly [string, string])[];
  summary?: Summary;
  elements?: readonly string[];
  /** Warnings and remarks: what was ignored, what was capped. */
  issues: Issue[];
}

export type SearchAnswer = { ok: true; result: SearchResult } | { ok: false; issues: Issue[] };

export interface SearchLimits {
  /** Bytes of the resources of a page, at most; one match is always on it. */
  maxBytes: number;
  /** Matches on a page: unless asked for, and at most. */
  defaultCount: number;
  maxCount: number;
  /** A total is counted exactly up to here; beyond only for `_total=accurate`. */
  maxCounted: number;
  /** Alternatives in one value, and parameters in one query. */
  maxValues: number;
  maxParams: number;
  /** Steps of a chain or of nested `_has`. */
  maxChainDepth: number;
  /** Included resources of one page, and rounds of `:iterate`. */
  maxIncluded: number;
  maxIncludeRounds: number;
  /** How long a cursor may be used. */
  cursorLifetimeSeconds: number;
}

export const DEFAULT_LIMITS: SearchLimits = {
  maxBytes: 64 * 1024 * 1024,
  defaultCount: 50,
  maxCount: 1000,
  maxCounted: 5_000,
  maxValues: 200,
  maxParams: 50,
  maxChainDepth: 4,
  maxIncluded: 1000,
  maxIncludeRounds: 4,
  cursorLifetimeSeconds: 3600,
};
