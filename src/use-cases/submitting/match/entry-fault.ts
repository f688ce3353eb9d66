/** What speaks against one entry, as the sender reads it. */
import type { Issue, RuleId } from '../../../fhir/issue';
import type { Planned } from './plan';
import type { Failure } from '../steps';

/** @param element below the entry: `resource.birthDate`, `request.ifMatch` */
export function fault(
  { request }: Pick<Planned, 'request'>,
  category: Failure['category'],
  rule: RuleId,
  text: string,
  element = 'resource',
): Failure {
  const code: Issue['code'] =
    category === 'forbidden' ? 'forbidden' : category === 'unreadable' ? 'value' : 'conflict';
  const expression = `Bundle.entry[${request.index}].${element}`;
  return { category, issues: [{ severity: 'error', code, rule, text, expression }] };
}
