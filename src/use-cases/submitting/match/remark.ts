/** Adds a warning about one entry, which is stored nevertheless. */
import type { Issue, RuleId } from '../../../fhir/issue';
import type { EntryRequest } from '../steps';

const made = new WeakMap<Issue[], Set<string>>();

/** Adds a warning about one entry to the issues, once. */
export function remark(issues: Issue[], { index }: EntryRequest, rule: RuleId, text: string): void {
  const expression = `Bundle.entry[${index}].resource`;
  const before = made.get(issues) ?? new Set<string>();
  made.set(issues, before);
  if (before.has(`${rule} ${expression}`)) return;
  before.add(`${rule} ${expression}`);
  issues.push({ severity: 'warning', code: 'business-rule', rule, text, expression, source: 'Who is who' });
}
