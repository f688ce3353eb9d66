/** Adds a warning about one entry, which is stored nevertheless. */
import type { Issue, RuleId } from '../../../fhir/issue';
import type { EntryRequest } from '../steps';

/** Adds a warning about one entry to the issues, once. */
export function remark(issues: Issue[], { index }: EntryRequest, rule: RuleId, text: string): void {
  const expression = `Bundle.entry[${index}].resource`;
  if (issues.some((issue) => issue.rule === rule && issue.expression === expression)) return;
  issues.push({ severity: 'warning', code: 'business-rule', rule, text, expression, source: 'Who is who' });
}
