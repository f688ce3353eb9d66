/** Faults and remarks about a query, as values. No value of the query is repeated: it may name a patient. */
import type { Issue, IssueCode, Severity, RuleId } from '../../fhir/issue';

const NAME = /^[A-Za-z_][A-Za-z0-9_:.-]{0,79}$/;

export function queryIssue(
  rule: RuleId,
  text: string,
  code: IssueCode = 'invalid',
  severity: Severity = 'error',
): Issue {
  return { severity, code, rule, text };
}

/** The name of a parameter, fit to be repeated in a sentence. */
export function shown(name: string): string {
  return NAME.test(name) ? `\`${name}\`` : 'a parameter with a name that is not possible in FHIR';
}
