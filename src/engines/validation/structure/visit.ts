/**
 * What the walk over one resource carries with it: where it is, what it has found, and the resource and container
 * that references and invariants are judged against. The place is kept as a stack of names and indexes, and made into
 * a FHIRPath only when something is found.
 */
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
  /** What is said to be a UCUM unit and is none: told, as a warning. */
  | 'not-ucum'
  /** What is said to be of SNOMED CT and cannot be: told, as a warning. */
  | 'not-snomed'
  /** A size that is not that of the data: told, as a warning. */
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
  /** How many parts of `path` lead to the entry at hand; -1 outside entries. */
  entryDepth: number;
  depth: number;
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

const SOURCE = 'http://hl7.org/fhir/R4/';

/** Nobody is told of so many; a body that is nothing but faults must not fill the memory with them. */
const MAX_ISSUES = 20_000;

/** Records what was found at the place where the walk is, or at an element below it. */
export function report(
  visit: Visit,
  rule: StructureRuleId,
  text: string,
  options: { at?: string; code?: IssueCode; severity?: Severity } = {},
): void {
  const severity = options.severity ?? 'error';
  // However much there is to remark upon, an error is told.
  if ((severity === 'error' ? visit.errors : visit.issues.length) >= MAX_ISSUES) return;
  if (severity === 'error') visit.errors += 1;
  const expression = expressionAt(visit) + (options.at === undefined ? '' : `.${options.at}`);
  visit.issues.push({
    severity,
    code: options.code ?? structureRules[rule].code,
    rule,
    text,
    expression,
    source: SOURCE + structureRules[rule].page,
  });
}

interface RuleEntry {
  code: IssueCode;
  page: string;
  claim: string;
}

const structureRules = {
  'r4-unknown-element': {
    code: 'structure',
    page: 'json.html',
    claim: 'Every property is an element that R4 defines at its place.',
  },
  'r4-required': {
    code: 'required',
    page: 'conformance-rules.html#cardinality',
    claim: 'Every element that R4 requires is there.',
  },
  'r4-cardinality': {
    code: 'structure',
    page: 'json.html#repeat',
    claim: 'A list stands where R4 allows several and nowhere else; no list, object or text is empty.',
  },
  'r4-type': {
    code: 'structure',
    page: 'json.html#primitive',
    claim: 'Every value has the JSON type and the FHIR type that R4 gives its element.',
  },
  'r4-value': {
    code: 'value',
    page: 'datatypes.html#primitive',
    claim: 'Every value has the form of its data type; dates exist; no control characters.',
  },
  'r4-attachment': {
    code: 'invariant',
    page: 'datatypes.html#Attachment',
    claim: 'The size and the hash of an attachment are those of its data.',
  },
  'r4-choice': {
    code: 'structure',
    page: 'formats.html#choice',
    claim: 'A choice of types is made once: one of value[x], not two.',
  },
  'r4-binding': {
    code: 'code-invalid',
    page: 'terminologies.html#required',
    claim: 'Codes of required bindings are from their value set.',
  },
  'r4-binding-extensible': {
    code: 'code-invalid',
    page: 'terminologies.html#extensible',
    claim:
      'Codes of extensible bindings are from their value set where their code system is that of the value set.',
  },
  'r4-snomed': {
    code: 'code-invalid',
    page: 'snomedct.html',
    claim: 'A code of SNOMED CT is the id of a concept, by its check digit and partition, or an expression.',
  },
  'r4-unit': {
    code: 'code-invalid',
    page: 'datatypes.html#Quantity',
    claim: 'The code of a quantity whose system is UCUM is a unit of UCUM.',
  },
  'r4-invariant': {
    code: 'invariant',
    page: 'conformance-rules.html#constraints',
    claim: 'The invariants of R4 hold.',
  },
  'r4-reference': {
    code: 'invalid',
    page: 'references.html',
    claim:
      'A reference is a literal reference as R4 writes it, to a type that its element allows, and resolves where it must.',
  },
  'r4-contained': {
    code: 'structure',
    page: 'references.html#contained',
    claim: 'Contained resources have ids, are referred to, and contain nothing themselves.',
  },
  'r4-extension': {
    code: 'extension',
    page: 'extensibility.html#Extension',
    claim: 'An extension has an absolute url without a version, and a value or extensions, not both.',
  },
  'r4-narrative': {
    code: 'invalid',
    page: 'narrative.html#xhtml',
    claim: 'Narrative is well-formed XHTML of basic formatting, with content and nothing active.',
  },
  'r4-bundle': {
    code: 'invalid',
    page: 'bundle.html',
    claim:
      'The entries and links of a Bundle fit its type; fullUrls are absolute, unique and agree with their resources.',
  },
  'r4-definition': {
    code: 'invalid',
    page: 'conformance-module.html',
    claim: 'Questionnaires, code systems and value sets are consistent in themselves.',
  },
  'r4-depth': {
    code: 'too-costly',
    page: 'json.html',
    claim:
      'Elements are nested no deeper than 100 levels, and no more than 20,000 rare invariants are to be checked.',
  },
} as const satisfies Record<string, RuleEntry>;

export type StructureRuleId = keyof typeof structureRules;

/** The rules of the structure check, for the documentation. */
export const structureRuleList: readonly { id: StructureRuleId; claim: string; source: string }[] = (
  Object.entries(structureRules) as [StructureRuleId, RuleEntry][]
).map(([id, rule]) => ({ id, claim: rule.claim, source: SOURCE + rule.page }));

/** A property name for a sentence or an expression, where it is one that FHIR could have; otherwise undefined. */
export function safeName(name: string): string | undefined {
  return /^_?[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) ? name : undefined;
}
