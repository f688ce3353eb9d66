/**
 * Reads the parameters of a history: `_count`, `_since`, `_at`, and the position of a page.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
import { dateRangeInQuery, type DateRange } from '../../fhir/date';
import type { HistoryQuestion } from '../../use-cases/reading/history';
import { refused } from './request-context';
import { subsetOf } from './elements-of-read';

type Pairs = readonly (readonly [string, string])[];

/**
 * @param place the parameter of the links to further pages
 * @throws Refused (400) when a parameter is unknown or invalid
 */
export function historyParameters(
  query: Pairs,
  handling: 'strict' | 'lenient',
  place: '_before' | '_cursor',
): HistoryQuestion {
  const known = ['_count', '_since', '_at', '_summary', '_elements', '_format', '_pretty', place];
  if (handling !== 'lenient' && query.some(([name]) => !known.includes(name))) {
    throw refused('bad-request', {
      code: 'not-supported',
      rule: 'http-history-parameter',
      text: 'A history does not support this parameter. It supports _count, _since, _at, _summary and _elements. To find resources by content, use a search.',
    });
  }
  const value = (name: string): string | undefined => query.find(([key]) => key === name)?.[1];
  const count = countOf(value('_count'));
  const since = momentOf('_since', value('_since'));
  const at = momentOf('_at', value('_at'));
  const begin = value(place);
  const subset = subsetOf({ query });
  return {
    ...(count === undefined ? {} : { count }),
    ...(since === undefined ? {} : { since: since.start }),
    ...(at === undefined ? {} : { at }),
    ...(begin === undefined ? {} : { place: begin }),
    ...(subset === undefined ? {} : { subset }),
    asked: ['_since', '_at', '_summary', '_elements'].flatMap((name): [string, string][] => {
      const given = value(name);
      return given === undefined ? [] : [[name, given]];
    }),
  };
}

/** How many versions a page has. */
function countOf(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw refused('bad-request', {
    code: 'invalid',
    rule: 'http-count',
    text: 'The _count is not valid. Send a whole number, 0 or more.',
  });
}

/** A date or instant as the range that it is; a time needs its zone. */
function momentOf(name: '_since' | '_at', text: string | undefined): DateRange | undefined {
  if (text === undefined) return undefined;
  const hasZone = !text.includes('T') || /(Z|[ +-]\d{2}:\d{2})$/.test(text);
  const range = hasZone ? dateRangeInQuery(text, 'instant') : undefined;
  if (range) return range;
  throw refused('bad-request', {
    code: 'invalid',
    rule: name === '_since' ? 'http-since' : 'http-at',
    text: `The ${name} is not valid. Send an instant with a time zone, such as 2025-03-03T10:00:00Z (in a URL, + is written %2B).`,
  });
}
