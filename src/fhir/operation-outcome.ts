/**
 * Findings as FHIR reports them: one `OperationOutcome.issue` each. Errors come first, then warnings, then information;
 * within each the order given, which is the document's.
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
import type { Issue, Severity } from './issue';
import { isFault } from './issue';

/** The code system of the rules' ids in `details.coding`. */
export const RULE_SYSTEM = 'https://homeward.dev/CodeSystem/rule';

/** The most lines. More would not help; the last line says how many were left out. */
const MAX_ISSUES = 200;

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

/**
 * At most `max` issues, in their order. Faults are kept before warnings and notes, and the last line says how many of
 * each were left out.
 */
export function limitIssues(issues: readonly Issue[], max = MAX_ISSUES): Issue[] {
  if (issues.length <= max) return [...issues];
  const places = max - 1;
  const faults = issues.filter(isFault).length;
  let faultsToKeep = Math.min(faults, places);
  let remarksToKeep = places - faultsToKeep;
  const kept = issues.filter((issue) => (isFault(issue) ? faultsToKeep-- > 0 : remarksToKeep-- > 0));
  const faultsLeftOut = faults - kept.filter(isFault).length;
  return [...kept, leftOut(issues.length - kept.length, faultsLeftOut)];
}

function leftOut(count: number, faults: number): Issue {
  const errors = faults === 1 ? '1 of them an error' : `${faults} of them errors`;
  return {
    severity: faults > 0 ? 'error' : 'information',
    code: 'incomplete',
    rule: 'more-issues',
    text: `${count} more ${count === 1 ? 'issue is' : 'issues are'} not listed, ${errors}. Correct the ones above and send again to see the rest.`,
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
