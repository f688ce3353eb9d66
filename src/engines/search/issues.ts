/** Faults and notes about a query, as values. They never repeat a value of the query, which may name a patient. */
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

/** The name of a parameter, safe to repeat in a sentence. */
export function shown(name: string): string {
  return NAME.test(name) ? `\`${name}\`` : 'a parameter with a name that is not possible in FHIR';
}
