/**
 * What the walk over one resource carries with it: where it is, what it has found, and the resource and container
 * that references and invariants are judged against. The place is kept as a stack of names and indexes, and made into
 * a FHIRPath only when something is found.
 */
import { structureIssues } from '../../../definitions/issues/of-validation';
import type { Issue, IssueCode, Severity } from '../../../fhir/issue';
import type { AnyResource, JsonObject } from '../../../fhir/types';
import type { BundleView } from './bundle-view';

/** Deviations that another rule set judges, so that the structure check says nothing of them. */
export type Toleration =
  /** cpt-2: a ContactPoint with a value and no system. */
  | 'telecom-no-system'
  /** `urn:uuid:` that no UUID follows, as fullUrl or as a reference to one. */
  | 'fullurl-not-uuid'
  /** An entry without fullUrl, outside transactions and batches. */
  | 'fullurl-absent'
  /** A fullUrl that names another type or id than its resource has. */
  | 'fullurl-mismatch'
  /** bdl-8: a fullUrl that names a version. */
  | 'fullurl-versioned'
  /** bdl-2, bdl-3, bdl-4, bdl-5: search, request or response in a Bundle that has no use for it; an entry of nothing. */
  | 'entry-parts'
  /** A code that is not a UCUM unit, although its system is UCUM: reported as a warning. */
  | 'not-ucum'
  /** A code that cannot be SNOMED CT, although its system is SNOMED CT: reported as a warning. */
  | 'not-snomed'
  /** A size that does not match the data: reported as a warning. */
  | 'attachment-size'
  /** Links of a narrative that lead nowhere. */
  | 'narrative-links'
  /** Elements of a narrative where XHTML does not let them be. */
  | 'narrative-form'
  /** A Period whose start and end may be in order, but are given to another precision. */
  | 'period-precision'
  /** Literal references between the entries of a Bundle: unresolved or ambiguous. */
  | 'entry-references';

export interface Visit {
  /** Where the entries of the outermost Bundle are checked after it, in slices: what to check. */
  later: (() => void)[] | undefined;
  issues: Issue[];
  /** How many of the issues are errors. */
  errors: number;
  /** The expression of where the walk began. */
  root: string;
  path: (string | number)[];
  /** The resource at hand: `%resource` of an invariant. */
  resource: AnyResource;
  /** The resource that contains it, or the resource itself: `%rootResource` of an invariant. */
  container: AnyResource;
  /** Ids of the elements of `resource` so far. */
  elementIds: Set<string> | undefined;
  /** What `#…` in the container may point at, and what has been pointed at. Undefined where nothing is contained. */
  contained: { types: Map<string, string>; referenced: Set<string>; fromContained: Set<string> } | undefined;
  /** The id of the contained resource at hand. */
  insideContained: string | undefined;
  /** The Bundle around the resource at hand. */
  bundle: BundleView | undefined;
  /** The number of parts of `path` up to the current entry; -1 outside entries. */
  entryDepth: number;
  /** How many lists and objects would be around the root in a submission. */
  above: number;
  tolerate: ReadonlySet<Toleration>;
  /** Plain-number copies of resources, made once where FHIRPath needs them. */
  plain: Map<JsonObject, JsonObject>;
  /** How many FHIRPath expressions have run. */
  expressions: number;
}

/** Where the walk is, as a FHIRPath from the root. */
export function expressionAt(visit: Visit): string {
  let expression = visit.root;
  for (const part of visit.path) expression += typeof part === 'number' ? `[${part}]` : `.${part}`;
  return expression;
}

/** More than any answer lists. The limit keeps a body with many faults from filling the memory. */
const MAX_ISSUES = 20_000;

export type StructureRuleId = keyof typeof structureIssues;

/** Records what was found at the place where the walk is, or at an element below it. */
export function report(
  visit: Visit,
  rule: StructureRuleId,
  text: string,
  options: { at?: string; code?: IssueCode; severity?: Severity } = {},
): void {
  const severity = options.severity ?? 'error';
  // An error is always reported, however many warnings there are.
  if ((severity === 'error' ? visit.errors : visit.issues.length) >= MAX_ISSUES) return;
  if (severity === 'error') visit.errors += 1;
  const expression = expressionAt(visit) + (options.at === undefined ? '' : `.${options.at}`);
  visit.issues.push({
    severity,
    code: options.code ?? structureIssues[rule].code,
    rule,
    text,
    expression,
    source: structureIssues[rule].source,
  });
}

/** A property name for a sentence or an expression, where it is one that FHIR could have; otherwise undefined. */
export function safeName(name: string): string | undefined {
  return /^_?[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) ? name : undefined;
}
