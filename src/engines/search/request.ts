/** The request and the result of a search. @see https://hl7.org/fhir/R4/search.html */
import type { Clause } from '../indexing/indexing';
import type { Issue } from '../../fhir/issue';

/** `r`: read; `s`: search. Included resources need read permission; chains and `_has` need search permission. */
export type Interaction = 'r' | 's';

/** What a caller may see. Every statement needs one. */
export interface View {
  /** What the caller's scopes allow. A search that uses another type is refused. */
  allowed(type: string, interaction: Interaction): boolean;
  /** Queries, one of which a resource must match (SMART scopes with `?…`); null when all may be seen. */
  restrictions(type: string, interaction: Interaction): readonly string[] | null;
  /** A condition of the server itself on every resource of the type that the search uses; null when there is none. */
  sees(type: string): Clause | null;
  /** Returns a text for who reads and what they may see. A total counted for one viewer is never shown to another. */
  viewer?: () => string;
}

export interface SearchRequest extends View {
  type: string;
  /** Name and value of each parameter in the query, decoded. */
  params: readonly (readonly [string, string])[];
  /** What to do with an unknown parameter: report a fault, or ignore it and say so. */
  handling: 'strict' | 'lenient';
  /** A condition of the server itself on the resources searched, such as "of this sender". */
  extraCondition?: Clause;
  /** Keeps only the newest match of each kind. */
  newest?: Newest;
  /**
   * The most bytes of resources on the page; `maxBytes` of the limits unless given. The page ends early then, with a
   * cursor.
   */
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
  /** The search as understood, for the `self` link of the Bundle. */
  self: (readonly [string, string])[];
  /** The cursor of the next page, to send as `_cursor`; absent on the last page. */
  next?: string;
  /** The parameters of the search that a cursor continues; absent without a cursor. */
  continued?: readonly (readonly [string, string])[];
  summary?: Summary;
  elements?: readonly string[];
  /** Warnings and notes: what was ignored, what was limited. */
  issues: Issue[];
}

export type SearchAnswer = { ok: true; result: SearchResult } | { ok: false; issues: Issue[] };

export interface SearchLimits {
  /** The most bytes of resources on a page; one match always fits. */
  maxBytes: number;
  /** Matches on a page: the default, and the most. */
  defaultCount: number;
  maxCount: number;
  /** A total is counted exactly up to this number; above it only for `_total=accurate`. */
  maxCounted: number;
  /** The most alternatives in one value, and the most parameters in one query. */
  maxValues: number;
  maxParams: number;
  /** The most steps of a chain or of nested `_has`. */
  maxChainDepth: number;
  /** The most included resources of one page, and the most rounds of `:iterate`. */
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
