/** Refuses a parameter of an operation that is unknown or invalid. */
import { didYouMean } from '../../../fhir/nearest';
import { refused, type Refused, type RequestContext } from '../request-context';

export const badParameter = (
  name: string,
  sentence: string,
  rule: 'operation-parameter' | 'search-parameter' = 'operation-parameter',
  hint = '',
): Refused =>
  refused('bad-request', {
    code: 'value',
    rule,
    text: `The parameter \`${name.slice(0, 64)}\` cannot be ${rule === 'operation-parameter' ? 'used' : 'read'}: ${sentence}.${hint}`,
  });

/** Under strict handling, refuses parameters that the operation does not have. */
export function refuseUnknown(
  { query, prefer }: Pick<RequestContext, 'query' | 'prefer'>,
  known: readonly string[],
): void {
  const all = ['_format', '_pretty', ...known];
  const unknown = query.find(([name]) => !all.includes(name));
  if (unknown && prefer.handling !== 'lenient') throw unknownParameter(unknown[0], all);
}

/** @param known the parameters of the operation, in the order in which the message lists them */
export const unknownParameter = (
  name: string,
  known: readonly string[],
  rule?: 'operation-parameter' | 'search-parameter',
): Refused => badParameter(name, `the operation supports ${known.join(', ')}`, rule, didYouMean(name, known));
