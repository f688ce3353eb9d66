/**
 * Reads the parameters of the lists for auditors (`/submissions`, `/access-report`, `/deliveries`). Refuses a parameter that is
 * unknown, repeated or invalid.
 */
import type { RuleId } from '../../../fhir/issue';
import { dateRangeInQuery } from '../../../fhir/date';
import { didYouMean } from '../../../fhir/nearest';
import { isValidNhsNumber, withoutSpacesAndDashes } from '../../../terminology/nhs-number';
import { refused } from '../request-context';

/**
 * The description of a valid value, and the function that reads it; that function returns undefined for an invalid
 * value.
 */
export interface ListParameter<Query, Context> {
  right: string;
  read: (value: string, context: Context) => Partial<Query> | undefined;
}

export type ListParameters<Query, Context> = Readonly<Record<string, ListParameter<Query, Context>>>;

/**
 * @param list the start of the rule ids, such as `submissions-parameter`
 * @throws Refused (400), with the parameter's name and a description of a valid value
 */
export function readParameters<Query extends object, Context>(
  list: 'submissions' | 'access-report' | 'deliveries',
  pairs: readonly (readonly [string, string])[],
  parameters: ListParameters<Query, Context>,
  context: Context,
): Partial<Query> {
  let query: Partial<Query> = {};
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!parameter) {
      throw badParameter(
        `${list}-unknown-parameter`,
        `The parameter is not supported. Use ${Object.keys(parameters).join(', ')}.${didYouMean(name, Object.keys(parameters))}`,
      );
    }
    if (seen.has(name))
      throw badParameter(`${list}-parameter`, `The parameter ${name} appears more than once. Send it once.`);
    seen.add(name);
    const read = parameter.read(value, context);
    if (!read)
      throw badParameter(`${list}-parameter`, `The parameter ${name} is not valid. Send ${parameter.right}.`);
    query = { ...query, ...read };
  }
  return query;
}

export const badParameter = (rule: RuleId, text: string): Error =>
  refused('bad-request', { code: 'invalid', rule, text });

/** A time span, half-open. */
export interface Span {
  from?: Date;
  to?: Date;
}

export const spanParameters: ListParameters<Span, unknown> = {
  from: {
    right: 'a date or a time with a time zone, such as `2026-01-31` or `2026-01-31T09:00:00Z`',
    read: (value) => {
      const range = dateRangeInQuery(value, 'instant');
      return range && { from: range.start };
    },
  },
  to: {
    right: 'a date (the whole day is included) or a time with a time zone',
    read: (value) => {
      const range = dateRangeInQuery(value, 'instant');
      return range && { to: range.end };
    },
  },
};

/** The digits of an NHS number that passes its check, however it is spaced. */
export function nhsNumberIn(value: string): string | undefined {
  const digits = withoutSpacesAndDashes(value);
  return isValidNhsNumber(digits) ? digits : undefined;
}

export const NHS_NUMBER_IS_RIGHT = 'an NHS number (ten digits, with the right check digit)';

/** @param most the largest that may be asked for */
export function limitParameter(most: number): ListParameter<{ limit: number }, unknown> {
  return {
    right: `a whole number from 1 to ${most}`,
    read: (value) =>
      /^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= most
        ? { limit: Number(value) }
        : undefined,
  };
}
