/**
 * Runs the rules of a resource type over a resource: each finding becomes an issue at its place, and what a reviewer
 * should look at is gathered. A rule must not throw; one that does is a bug, and its exception passes through here.
 */
import type { EntryView, Rule, RuleContext } from '../../definitions/rule';
import type { Slices } from '../../fhir/slices';
import { guidanceId, type Issue } from '../../fhir/issue';

/** What a validation finds. */
export interface Found {
  issues: Issue[];
  /** Why a reviewer should look at the submission though it is accepted; each reason once. */
  review: Set<string>;
}

/** Adds what the rules find in the entry's resource, which is at `place`, to `found`. */
export function* runRules(
  rules: readonly Rule[],
  entry: EntryView,
  place: string,
  context: RuleContext,
  found: Found,
): Slices<void> {
  for (const rule of rules) {
    const findings = rule.check(entry.resource, context, entry);
    if (!findings) continue;
    for (const finding of findings) {
      if (finding === undefined) {
        yield;
        continue;
      }
      if (finding.review !== undefined) found.review.add(finding.review);
      const severity = (finding.severity ?? rule.severity)[context.handling];
      if (severity === null) continue;
      found.issues.push({
        severity,
        code: finding.code ?? rule.code,
        rule: guidanceId(rule.id),
        text: finding.text,
        expression: at(place, finding.element),
        source: rule.guidance,
      });
    }
  }
}

/** The FHIRPath of an element below a place. */
export function at(place: string, element: string): string {
  return element === '' ? place : `${place}.${element}`;
}
