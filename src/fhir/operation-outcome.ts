/**
 * Findings as FHIR reports them: one `OperationOutcome.issue` each. Errors come first, then warnings, then information;
 * within each the order given, which is the document's.
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
import type { Issue, Severity } from './issue';
import { isFault } from './issue';

/** The code system of the rules' ids in `details.coding`. */
export const RULE_SYSTEM = 'https://homeward.dev/CodeSystem/rule';

/** The most lines where there are errors. More would not help; the last line says how many were left out. */
const MAX_WITH_FAULTS = 200;
/** The most lines of what is accepted: the answer carries every warning, but for a body of thousands of them. */
const MAX_REMARKS = 1_000;

const NO_FAULTS: Issue = {
  severity: 'information',
  code: 'informational',
  rule: 'ok',
  text: 'No faults found.',
};

export function operationOutcome(issues: readonly Issue[], id?: string): fhir4.OperationOutcome {
  const told =
    issues.length > 0 ? [...issues].sort((a, b) => RANK[a.severity] - RANK[b.severity]) : [NO_FAULTS];
  return {
    resourceType: 'OperationOutcome',
    ...(id !== undefined && { id }),
    issue: told.map(outcomeIssue),
  };
}

const RANK: Readonly<Record<Severity, number>> = { fatal: 0, error: 0, warning: 1, information: 2 };

/** A section of the guidance (`3.4.4 Encounter.status`), of UK Core or of NEWS2. */
const SECTION = /^(?:\d+(?:\.\d+)* |UK Core|NEWS2)/;

/** Some clients show nothing but `diagnostics`, so the sentence is in it. */
function diagnosticsOf(text: string, source: string | undefined): string {
  if (source === undefined) return text;
  if (SECTION.test(source)) return `${source}: ${text}`;
  return source.includes('http') ? `${text} (${source})` : text;
}

function outcomeIssue({
  severity,
  code,
  rule,
  text,
  expression,
  source,
}: Issue): fhir4.OperationOutcomeIssue {
  return {
    severity,
    code,
    details: { coding: [{ system: RULE_SYSTEM, code: rule }], text },
    diagnostics: diagnosticsOf(text, source),
    ...(expression !== undefined && { expression: [expression] }),
  };
}

interface Limits {
  max?: number;
  /** Warnings that are kept before others. */
  comesFirst?: (issue: Issue) => boolean;
}

/**
 * At most `max` issues, in their order. Faults are kept before warnings, and these before notes. The last line says how
 * many of each rule were left out.
 */
export function limitIssues(
  issues: readonly Issue[],
  { max = issues.some(isFault) ? MAX_WITH_FAULTS : MAX_REMARKS, comesFirst = () => false }: Limits = {},
): Issue[] {
  if (issues.length <= max) return [...issues];
  const rank = (issue: Issue): number => {
    if (isFault(issue)) return 0;
    if (issue.severity === 'warning') return comesFirst(issue) ? 1 : 2;
    return 3;
  };
  const kept = new Set([...issues].sort((a, b) => rank(a) - rank(b)).slice(0, max - 1));
  const isKept = (issue: Issue): boolean => kept.has(issue);
  return [...issues.filter(isKept), leftOut(issues.filter((issue) => !isKept(issue)))];
}

/** The most rules that are named with the number of their issues. */
const MAX_RULES = 10;

function leftOut(issues: readonly Issue[]): Issue {
  const faults = issues.filter(isFault).length;
  const errors = faults === 1 ? '1 of them an error' : `${faults} of them errors`;
  const counts = new Map<string, number>();
  for (const { rule } of issues) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const rules = [...counts].sort(([, a], [, b]) => b - a).map(([rule, count]) => `${count} ${rule}`);
  const named = [...rules.slice(0, MAX_RULES), ...(rules.length > MAX_RULES ? ['others'] : [])].join(', ');
  return {
    severity: faults > 0 ? 'error' : 'information',
    code: 'incomplete',
    rule: 'more-issues',
    text: `${issues.length} more ${issues.length === 1 ? 'issue is' : 'issues are'} not listed, ${errors}: ${named}. Correct the ones above and send again to see the rest.`,
  };
}

/** Removes issues that say the same about the same place. */
export function deduplicate(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ rule, expression, text }) => {
    const key = `${rule}\n${expression ?? ''}\n${text}`;
    return !seen.has(key) && seen.add(key);
  });
}
